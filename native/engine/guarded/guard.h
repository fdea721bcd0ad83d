/* SPDX-License-Identifier: Apache-2.0
 *
 * Instances of a trusted library, in this process, as sb_foreign (sb_guard_create in foreign.h makes one). Each call is
 * guarded (fault.h): an instance that falls over or hangs is gone from that call on, and left as it is, since nobody
 * knows what it held. A restart makes another, with the state that the old one had a moment before. Three parts:
 *
 *     guard_make   one life: an instance is made, on a thread beside
 *     guard        what outlives it: settings, the watch, and the making of another
 *     guard_rt     the real-time side: calls, and the state that is saved between them
 */
#ifndef STAGEBOX_GUARD_H
#define STAGEBOX_GUARD_H

#include "class_check.h"
#include "foreign.h"
#include "instance.h"
#include "side_call.h"

/* Whose the instance is: the real-time thread's while it is SB_GUARD_HERE, the control thread's otherwise. */
typedef enum sb_guard_presence { SB_GUARD_NOT_YET, SB_GUARD_MAKING, SB_GUARD_HERE, SB_GUARD_GONE } sb_guard_presence;

typedef struct sb_guard {
  sb_foreign foreign;
  _Atomic int presence; /* sb_guard_presence */
  sb_value *values;     /* of which instances are made, and the formats; its own, strings too */
  sb_format in, out;
  sb_instance *instance;
  sb_side_call *making; /* of the instance; NULL: made, or none */

  sb_calls calls;                 /* those of the real-time thread */
  uint64_t seen;                  /* [control] count of the call that the watch saw last */
  int64_t seen_ns;                /* and since when */
  int64_t hang_ns;                /* a call that takes longer hangs */

  _Atomic double numbers[SB_CLASS_MAX_PARAMS]; /* of live parameters, as they were set last */
  _Atomic uint64_t set, missed;   /* those that were set at all; that were while it was not here */

  uint8_t *snapshots[2];          /* of the state; the last whole one is snapshots[newest] */
  uint32_t snapshot_bytes;
  int newest;                     /* [rt] while it is here; -1: none yet */
  bool is_tried;                  /* an instance has been given the newest already */
  double snapshot_frames, frames; /* [rt] between two; since the last */

  uint64_t blocks;                /* [rt] */
  sb_fault fault;                 /* how it went */
  const char *within;             /* which function it went in; NULL: it could not be made, why is in words */
  char words[1024];
} sb_guard;

static inline bool sb_guard_is_here(const sb_guard *guard) {
  return atomic_load_explicit(&guard->presence, memory_order_acquire) == SB_GUARD_HERE;
}

/* Of one that is gone, what was saved last stands for it: true if that is there, and was not given to another yet. */
static inline bool sb_guard_has_snapshot(const sb_guard *guard) {
  return atomic_load_explicit(&guard->presence, memory_order_acquire) == SB_GUARD_GONE && guard->newest >= 0 &&
         !guard->is_tried;
}

/* Starts to make an instance; `state`, which it is to go on from, is given away. [control & !here] */
sb_status sb_guard_make(sb_guard *guard, void *state);

/* Once it is made: SB_OK and it is here, or why not. SB_AGAIN until then. [control & making] */
sb_status sb_guard_made(sb_guard *guard);

/* Why it is gone, in sb_last_error and as the status. [control & gone] */
sb_status sb_guard_tell(const sb_guard *guard);

/* It fell over or hung in the function `within`: counts that. What fell over stays in memory as it is. [any] */
sb_status sb_guard_gone(sb_guard *guard, const char *within, const sb_fault *fault);

/* guard_rt.c, as in foreign.h */
sb_status sb_guard_process(sb_foreign *foreign, const sb_block *in, sb_block *out, int64_t deadline_ns);
sb_status sb_guard_read(sb_foreign *foreign, sb_block *out);
void sb_guard_set(sb_foreign *foreign, uint32_t param, const sb_value *value);
uint32_t sb_guard_state_bytes(sb_foreign *foreign);
uint32_t sb_guard_save(sb_foreign *foreign, void *out, uint32_t room);
sb_status sb_guard_load(sb_foreign *foreign, const void *bytes, uint32_t count);

#endif
