/* SPDX-License-Identifier: Apache-2.0
 *
 * A trial is one case on one component, in a process of its own: what crashes, hangs or ends there fails that case
 * and no other. The process tells its verdict through shared memory, so that it can fall over at any moment and what
 * it was doing is known. That memory is a file, which outlives its becoming another program.
 */
#ifndef STAGEBOX_TRIAL_H
#define STAGEBOX_TRIAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum trial_result { TRIAL_PASSED, TRIAL_FAILED, TRIAL_SKIPPED } trial_result;

enum { TRIAL_WORDS = 1024, TRIAL_TOLD = 1 << 18, TRIAL_PHASE = 64 };

typedef struct verdict {
  _Atomic uint32_t steps;          /* calls into the plugin that began or ended: while it counts, nothing hangs */
  volatile char phase[TRIAL_PHASE]; /* the call that runs: "process", or "" between calls */
  volatile bool done, hangs, crashed;
  trial_result result;
  double milliseconds;
  char reason[TRIAL_WORDS];        /* why it failed or was skipped; measurements of one that passed */
  char lacking[512];               /* what this machine's sandbox cannot do */
  char told[TRIAL_TOLD];           /* what the process has for its parent: trial_tell */
} verdict;

/* Of this process's trial. */
extern verdict *trial_verdict;

/* Forks, runs `body` there, and waits for what becomes of it; anything it left running in its process group is ended.
 * The verdict is valid until the next call; NULL if the machine has no room for a process. */
const verdict *trial_run(void (*body)(const void *argument), const void *argument);

/* ---- inside a trial ---- */

/* The number of the file that the verdict lies in, for the program that this process becomes; and there: makes that
 * trial_verdict. False if it is none. */
int trial_hand_on(void);
bool trial_take_up(int file);

/* End it. printf style. */
void trial_pass(void) __attribute__((noreturn));
void trial_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void trial_skip(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* The checker itself needs little: its limits are those of the plugin and a good deal more. */
#define OUT_OF_MEMORY "uses up all the memory that its limits allow"
/* What runs, or `between`. */
const char *trial_phase(const char *between);
/* Words for one that passes. */
void trial_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Appends to verdict.told. False if it is full. */
bool trial_tell(const char *text);

/* A call into the plugin: CALL("process", status = stage->process(self, in, out)). */
#define CALL(PHASE, EXPRESSION) (trial_begin(PHASE), (EXPRESSION), trial_end())

static inline void trial_begin(const char *phase) {
  for (int i = 0; i < TRIAL_PHASE - 1 && (i == 0 || phase[i - 1]); i++) trial_verdict->phase[i] = phase[i];
  atomic_fetch_add_explicit(&trial_verdict->steps, 1, memory_order_relaxed);
}

static inline void trial_end(void) {
  atomic_fetch_add_explicit(&trial_verdict->steps, 1, memory_order_relaxed);
  trial_verdict->phase[0] = 0;
}

#endif
