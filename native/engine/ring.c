/* SPDX-License-Identifier: Apache-2.0 */
#include "ring.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "futex.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum { ALIGNMENT = 64 };

/* In shared memory. Each side's fields have a cache line of their own. */
typedef struct ring_head {
  _Alignas(64) _Atomic uint64_t written;
  sb_bell records;
  _Alignas(64) _Atomic uint64_t read;
  sb_bell room;
} ring_head;

/* A record lies behind a cache line that holds its length, so that it is aligned itself. */
typedef struct record_head {
  _Alignas(ALIGNMENT) uint64_t bytes; /* with this head, a multiple of ALIGNMENT */
} record_head;

struct sb_ring {
  ring_head *head;
  uint8_t *data; /* mapped twice */
  size_t capacity, page;
  uint64_t reserved; /* bytes of the record being written */
};

static void *map_twice(int fd, size_t offset, size_t capacity) {
  uint8_t *space = mmap(NULL, 2 * capacity, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (space == MAP_FAILED) return NULL;
  for (int i = 0; i < 2; i++) {
    void *at = space + (size_t)i * capacity;
    if (mmap(at, capacity, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, (off_t)offset) != at) {
      munmap(space, 2 * capacity);
      return NULL;
    }
  }
  return space;
}

sb_ring *sb_ring_create(size_t bytes) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const size_t capacity = (bytes + page - 1) / page * page;
  if (capacity < bytes) return NULL;
  sb_ring *ring = calloc(1, sizeof *ring);
  if (!ring) return NULL;
  ring->capacity = capacity;
  ring->page = page;
  int fd = memfd_create("stagebox-ring", MFD_CLOEXEC);
  if (fd >= 0 && ftruncate(fd, (off_t)(page + capacity)) == 0) {
    void *head = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (head != MAP_FAILED) ring->head = head;
    ring->data = map_twice(fd, page, capacity);
  }
  if (fd >= 0) close(fd);
  if (ring->head && ring->data) return ring;
  sb_ring_destroy(ring);
  return NULL;
}

void sb_ring_destroy(sb_ring *ring) {
  if (!ring) return;
  if (ring->head) munmap(ring->head, ring->page);
  if (ring->data) munmap(ring->data, 2 * ring->capacity);
  free(ring);
}

/* The mirror is used by the record that wraps, which is a quarter of the ring at most. An old kernel (before 5.14) says
 * no; then the first round through the ring is a little slower. */
void sb_ring_populate(sb_ring *ring, size_t most) {
  const size_t used = ring->capacity + ring->capacity / 4;
  madvise(ring->data, (most < used ? most : used) / ring->page * ring->page, MADV_POPULATE_WRITE);
}

size_t sb_ring_capacity(const sb_ring *ring) { return ring->capacity; }

void *sb_ring_memory(const sb_ring *ring) { return ring->data; }

void *sb_ring_reserve(sb_ring *ring, size_t bytes) {
  const uint64_t whole = (sizeof(record_head) + bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  const uint64_t written = atomic_load_explicit(&ring->head->written, memory_order_relaxed);
  const uint64_t read = atomic_load_explicit(&ring->head->read, memory_order_acquire);
  if (whole > ring->capacity - (written - read)) return NULL;
  record_head *record = (record_head *)(ring->data + written % ring->capacity);
  record->bytes = ring->reserved = whole;
  return record + 1;
}

void sb_ring_commit(sb_ring *ring) {
  const uint64_t written = atomic_load_explicit(&ring->head->written, memory_order_relaxed);
  atomic_store_explicit(&ring->head->written, written + ring->reserved, memory_order_release);
  sb_bell_ring(&ring->head->records);
}

static bool is_half_free(const sb_ring *ring) {
  const uint64_t read = atomic_load_explicit(&ring->head->read, memory_order_acquire);
  return atomic_load_explicit(&ring->head->written, memory_order_acquire) - read <= ring->capacity / 2;
}

void *sb_ring_peek(sb_ring *ring) {
  const uint64_t read = atomic_load_explicit(&ring->head->read, memory_order_relaxed);
  if (atomic_load_explicit(&ring->head->written, memory_order_acquire) == read) return NULL;
  return (record_head *)(ring->data + read % ring->capacity) + 1;
}

void sb_ring_release(sb_ring *ring) {
  const uint64_t read = atomic_load_explicit(&ring->head->read, memory_order_relaxed);
  const record_head *record = (const record_head *)(ring->data + read % ring->capacity);
  atomic_store_explicit(&ring->head->read, read + record->bytes, memory_order_release);
  if (is_half_free(ring)) sb_bell_ring(&ring->head->room);
}

bool sb_ring_is_empty(const sb_ring *ring) {
  return atomic_load_explicit(&ring->head->read, memory_order_acquire) ==
         atomic_load_explicit(&ring->head->written, memory_order_acquire);
}

static void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

void sb_ring_wait_record(sb_ring *ring, int64_t timeout_ns, uint32_t spins) {
  for (uint32_t i = 0; i < spins; i++) {
    if (!sb_ring_is_empty(ring)) return;
    pause_briefly();
  }
  const uint32_t seen = sb_bell_count(&ring->head->records);
  if (sb_ring_is_empty(ring)) sb_bell_wait(&ring->head->records, seen, timeout_ns);
}

void sb_ring_wait_room(sb_ring *ring, int64_t timeout_ns) {
  const uint32_t seen = sb_bell_count(&ring->head->room);
  if (!is_half_free(ring)) sb_bell_wait(&ring->head->room, seen, timeout_ns);
}

void sb_ring_wake(sb_ring *ring) {
  sb_bell_ring(&ring->head->records);
  sb_bell_ring(&ring->head->room);
}
