/* SPDX-License-Identifier: Apache-2.0
 *
 * A bell: threads wait for its count to move, whoever rings moves it. Ringing costs a system call only while somebody
 * waits. Works across processes when it lies in shared memory.
 */
#ifndef STAGEBOX_FUTEX_H
#define STAGEBOX_FUTEX_H

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

typedef struct sb_bell {
  _Atomic uint32_t count;
  _Atomic uint32_t waiting;
} sb_bell;

static inline void sb_bell_ring(sb_bell *bell) {
  atomic_fetch_add(&bell->count, 1);
  if (atomic_load(&bell->waiting)) syscall(SYS_futex, &bell->count, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Read the count, check that there is nothing to do, then wait for it to move on from there. */
static inline uint32_t sb_bell_count(sb_bell *bell) { return atomic_load(&bell->count); }

static inline void sb_bell_wait(sb_bell *bell, uint32_t seen, int64_t timeout_ns) {
  struct timespec timeout = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
  atomic_fetch_add(&bell->waiting, 1);
  syscall(SYS_futex, &bell->count, FUTEX_WAIT, seen, &timeout, NULL, 0);
  atomic_fetch_sub(&bell->waiting, 1);
}

#endif
