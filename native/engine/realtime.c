/* SPDX-License-Identifier: Apache-2.0 */
#include "realtime.h"

#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

enum { STACK_BYTES = 1 << 16, PAGE_BYTES = 1 << 12 };

static void flush_denormals(void) {
#if defined(__x86_64__)
  _mm_setcsr(_mm_getcsr() | 0x8040u); /* FTZ and DAZ */
#elif defined(__aarch64__)
  uint64_t fpcr;
  __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
  __asm__ volatile("msr fpcr, %0" ::"r"(fpcr | 1u << 24));
#endif
}

static const double LONGEST_WORK_NS = 1e9;

/* Takes the pages of the stack that stages will use, before the first block does. */
static __attribute__((noinline)) void touch_stack(void) {
  volatile uint8_t stack[STACK_BYTES];
  for (size_t i = 0; i < sizeof stack; i += PAGE_BYTES) stack[i] = 0;
}

static bool set_fifo(int priority) {
  const struct sched_param param = {.sched_priority = priority};
  return pthread_setschedparam(pthread_self(), priority > 0 ? SCHED_FIFO : SCHED_OTHER, &param) == 0;
}

sb_realtime sb_realtime_enter(const char *name, int core, int priority) {
  char short_name[16]; /* the kernel's limit */
  snprintf(short_name, sizeof short_name, "sb:%s", name);
  pthread_setname_np(pthread_self(), short_name);
  flush_denormals();
  touch_stack();
  if (core >= 0) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET((size_t)core, &cores);
    pthread_setaffinity_np(pthread_self(), sizeof cores, &cores);
  }
  return (sb_realtime){.priority = priority, .granted = priority > 0 && set_fifo(priority)};
}

void sb_realtime_busy(sb_realtime *realtime, double since_rest_ns) {
  if (since_rest_ns > LONGEST_WORK_NS && realtime->granted && !realtime->is_lent) realtime->is_lent = set_fifo(0);
}

void sb_realtime_rested(sb_realtime *realtime) {
  if (realtime->is_lent) realtime->is_lent = !set_fifo(realtime->priority);
}
