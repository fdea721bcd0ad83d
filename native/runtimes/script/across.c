/* SPDX-License-Identifier: Apache-2.0 */
#include "across.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"

enum { STACK_BYTES = 1 << 20, WORDS_BYTES = 1024 };

/* The numbers of sb_script_calls' members. */
enum { CREATE, ACTIVATE, PROCESS, SET, STATE_BYTES, SAVE, LOAD, LATENCY_S, DEACTIVATE, DESTROY, IDLE };

static sb_script_crossing crossing;
static char words[WORDS_BYTES];
static sem_t answered;
static void (*wake_javascript)(void);
static int32_t (*serve_engine)(void);

const sb_script_crossing *sb_script_where_crossing(void) { return &crossing; }

void sb_across_fail(const char *given) { snprintf(words, sizeof words, "%s", given); }

void sb_script_answer(double result) {
  crossing.result = result;
  sem_post(&answered);
}

/* A pointer of user space is exact as a double. */
static double place_of(const void *pointer) { return (double)(uintptr_t)pointer; }

static double cross(double call, double a, double b, double c) {
  crossing = (sb_script_crossing){.call = call, .arguments = {a, b, c}};
  words[0] = 0;
  wake_javascript();
  while (sem_wait(&answered) != 0 && errno == EINTR) continue;
  if (words[0]) sb_error(SB_INVALID, "%s", words);
  return crossing.result;
}

static int32_t create(uint32_t instance, uint32_t number, const char *params) {
  return (int32_t)cross(CREATE, instance, number, place_of(params));
}
static int32_t activate(uint32_t instance, const char *formats) {
  return (int32_t)cross(ACTIVATE, instance, place_of(formats), 0);
}
static int32_t process(uint32_t instance) { return (int32_t)cross(PROCESS, instance, 0, 0); }
static void set(uint32_t instance, const char *pair) { cross(SET, instance, place_of(pair), 0); }
static uint32_t state_bytes(uint32_t instance) { return (uint32_t)cross(STATE_BYTES, instance, 0, 0); }
static int32_t save(uint32_t instance, void *to, uint32_t bytes) {
  return (int32_t)cross(SAVE, instance, place_of(to), bytes);
}
static int32_t load(uint32_t instance, const void *from, uint32_t bytes) {
  return (int32_t)cross(LOAD, instance, place_of(from), bytes);
}
static double latency_s(uint32_t instance) { return cross(LATENCY_S, instance, 0, 0); }
static void deactivate(uint32_t instance) { cross(DEACTIVATE, instance, 0, 0); }
static void destroy(uint32_t instance) { cross(DESTROY, instance, 0, 0); }
static void idle(void) { cross(IDLE, 0, 0, 0); }

const sb_script_calls sb_across_calls = {create, activate, process,   set,        state_bytes, save,
                                         load,   latency_s, deactivate, destroy, idle};

static void *run(void *unused) {
  (void)unused;
  _exit(serve_engine());
}

sb_status sb_across_begin(void (*wake)(void), int32_t (*serve)(void)) {
  pthread_attr_t attributes;
  pthread_t thread;
  wake_javascript = wake;
  serve_engine = serve;
  sem_init(&answered, 0, 0);
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  const int problem = pthread_create(&thread, &attributes, run, NULL);
  pthread_attr_destroy(&attributes);
  return problem == 0 ? SB_OK : sb_error(SB_IO, "no thread serves the engine: %s", strerror(problem));
}
