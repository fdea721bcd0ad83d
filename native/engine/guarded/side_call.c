/* SPDX-License-Identifier: Apache-2.0 */
#include "side_call.h"

#include <pthread.h>
#include <stdlib.h>

#include "futex.h"
#include "ticks.h"

enum { RUNNING, DONE, LEFT, WAIT_NS = 20000000 };
static const int64_t GRACE_NS = 1000000000; /* after which a call that was ended is still there */

struct sb_side_call {
  void (*body)(void *);
  void (*after)(void *);
  void (*last)(void *, bool);
  void *argument;
  double limit_s;
  int64_t end_ns;
  sb_calls calls;
  sb_fault fault;
  bool returned;
  _Atomic int state; /* whoever moves it from RUNNING leaves the call to the other side */
  sb_bell done;
  pthread_t thread;
};

static void *run(void *argument) {
  sb_side_call *call = argument;
  call->returned = sb_fault_run(&call->calls, call->body, call->argument, call->limit_s, &call->fault);
  int expected = RUNNING;
  if (atomic_compare_exchange_strong(&call->state, &expected, DONE)) {
    sb_bell_ring(&call->done);
    return NULL;
  }
  bool all = call->returned;
  if (all && call->after) all = sb_fault_run(&call->calls, call->after, call->argument, call->limit_s, &call->fault);
  if (call->last) call->last(call->argument, all);
  free(call);
  return NULL;
}

sb_side_call *sb_side_call_start(void (*body)(void *), void *argument, double limit_s) {
  sb_side_call *call = calloc(1, sizeof *call);
  if (!call) return NULL;
  call->body = body;
  call->argument = argument;
  call->limit_s = limit_s;
  call->end_ns = sb_clock_now_ns() + (int64_t)(limit_s * 1e9) + GRACE_NS;
  if (pthread_create(&call->thread, NULL, run, call) == 0) return call;
  free(call);
  return NULL;
}

sb_status sb_side_call_poll(sb_side_call *call, sb_fault *fault) {
  if (atomic_load(&call->state) == RUNNING) return sb_clock_now_ns() < call->end_ns ? SB_AGAIN : SB_WRONG_STATE;
  *fault = call->fault;
  return call->returned ? SB_OK : call->fault.signal ? SB_CRASHED : SB_LATE;
}

sb_status sb_side_call_wait(sb_side_call *call, sb_fault *fault) {
  for (;;) {
    const uint32_t seen = sb_bell_count(&call->done);
    const sb_status status = sb_side_call_poll(call, fault);
    if (status != SB_AGAIN) return status;
    sb_bell_wait(&call->done, seen, WAIT_NS);
  }
}

void sb_side_call_destroy(sb_side_call *call) {
  if (!call) return;
  if (atomic_load(&call->state) == RUNNING) {
    sb_side_call_leave(call, NULL, NULL);
    return;
  }
  pthread_join(call->thread, NULL);
  free(call);
}

void sb_side_call_leave(sb_side_call *call, void (*after)(void *), void (*last)(void *, bool)) {
  call->after = after;
  call->last = last;
  pthread_t thread = call->thread;
  int expected = RUNNING;
  if (atomic_compare_exchange_strong(&call->state, &expected, LEFT)) {
    pthread_detach(thread);
    return;
  }
  /* It was done already: what would have come on its thread comes on another, which nobody waits for either. */
  pthread_join(thread, NULL);
  const bool returned = call->returned;
  void *argument = call->argument;
  const double limit_s = call->limit_s;
  free(call);
  sb_side_call *next = returned && after ? sb_side_call_start(after, argument, limit_s) : NULL;
  if (next)
    sb_side_call_leave(next, NULL, last);
  else if (last)
    last(argument, returned && !after);
}
