/* SPDX-License-Identifier: Apache-2.0
 *
 * Time. Blocks and deadlines use CLOCK_MONOTONIC; stages are timed with the processor's own counter, which takes a
 * fifth of the time to read.
 */
#ifndef STAGEBOX_TICKS_H
#define STAGEBOX_TICKS_H

#include <stdint.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

static inline int64_t sb_clock_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* [any] */
static inline uint64_t sb_ticks(void) {
#if defined(__x86_64__)
  return __rdtsc();
#elif defined(__aarch64__)
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return (uint64_t)sb_clock_now_ns();
#endif
}

/* Nanoseconds of a tick. [any] */
double sb_tick_ns(void);

#endif
