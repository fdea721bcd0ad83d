/* SPDX-License-Identifier: Apache-2.0 */
#include "ring.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

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
  _Alignas(ALIGNMENT) _Atomic uint64_t bytes; /* with this head, a multiple of ALIGNMENT */
} record_head;

/* What each side knows for itself stands here, out of the other's reach. */
struct sb_ring {
  ring_head *head;
  uint8_t *data; /* mapped twice */
  size_t capacity, page;
  _Atomic bool broken;
  _Alignas(64) uint64_t written, reserved; /* the writer's; reserved: bytes of the record being written */
  _Alignas(64) uint64_t read, peeked;      /* the reader's; peeked: bytes of the record being read */
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

static sb_ring *map_ring(int fd, size_t page, size_t capacity) {
  sb_ring *ring = aligned_alloc(64, sizeof *ring);
  if (!ring) return NULL;
  *ring = (sb_ring){.capacity = capacity, .page = page};
  void *head = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (head != MAP_FAILED) ring->head = head;
  ring->data = map_twice(fd, page, capacity);
  if (ring->head && ring->data) return ring;
  sb_ring_destroy(ring);
  return NULL;
}

/* 0 if there is no such ring. */
static size_t capacity_for(size_t bytes, size_t page) {
  const size_t capacity = (bytes + page - 1) / page * page;
  return capacity < bytes ? 0 : capacity;
}

sb_ring *sb_ring_create_shared(size_t bytes, int *descriptor) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), capacity = capacity_for(bytes, page);
  *descriptor = capacity ? memfd_create("stagebox-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING) : -1;
  sb_ring *ring = NULL;
  if (*descriptor >= 0 && ftruncate(*descriptor, (off_t)(page + capacity)) == 0 &&
      fcntl(*descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
    ring = map_ring(*descriptor, page, capacity);
  if (!ring && *descriptor >= 0) close(*descriptor);
  return ring;
}

sb_ring *sb_ring_create(size_t bytes) {
  int descriptor;
  sb_ring *ring = sb_ring_create_shared(bytes, &descriptor);
  if (ring) close(descriptor);
  return ring;
}

sb_ring *sb_ring_attach(int descriptor, size_t bytes) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), capacity = capacity_for(bytes, page);
  struct stat status;
  if (!capacity || fstat(descriptor, &status) != 0 || (uint64_t)status.st_size != page + capacity) return NULL;
  return map_ring(descriptor, page, capacity);
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

static void *break_ring(sb_ring *ring) {
  atomic_store_explicit(&ring->broken, true, memory_order_relaxed);
  return NULL;
}

bool sb_ring_is_broken(const sb_ring *ring) { return atomic_load_explicit(&ring->broken, memory_order_relaxed); }

void *sb_ring_reserve(sb_ring *ring, size_t bytes) {
  if (bytes > ring->capacity || sb_ring_is_broken(ring)) return NULL;
  const uint64_t whole = (sizeof(record_head) + bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  const uint64_t used = ring->written - atomic_load_explicit(&ring->head->read, memory_order_acquire);
  if (used > ring->capacity) return break_ring(ring);
  if (whole > ring->capacity - used) return NULL;
  record_head *record = (record_head *)(ring->data + ring->written % ring->capacity);
  atomic_store_explicit(&record->bytes, whole, memory_order_relaxed);
  ring->reserved = whole;
  return record + 1;
}

void sb_ring_commit(sb_ring *ring) {
  ring->written += ring->reserved;
  atomic_store_explicit(&ring->head->written, ring->written, memory_order_release);
  sb_bell_ring(&ring->head->records);
}

static bool has_record(const sb_ring *ring, uint64_t read) {
  return atomic_load_explicit(&ring->head->written, memory_order_acquire) != read;
}

void *sb_ring_peek(sb_ring *ring) {
  const uint64_t there = atomic_load_explicit(&ring->head->written, memory_order_acquire) - ring->read;
  if (there == 0 || sb_ring_is_broken(ring)) return NULL;
  record_head *record = (record_head *)(ring->data + ring->read % ring->capacity);
  const uint64_t bytes = atomic_load_explicit(&record->bytes, memory_order_relaxed);
  if (there > ring->capacity || bytes > there || bytes < ALIGNMENT || bytes % ALIGNMENT != 0) return break_ring(ring);
  ring->peeked = bytes;
  return record + 1;
}

size_t sb_ring_peeked_bytes(const sb_ring *ring) { return ring->peeked - sizeof(record_head); }

static bool is_half_free(uint64_t written, uint64_t read, size_t capacity) { return written - read <= capacity / 2; }

void sb_ring_release(sb_ring *ring) {
  ring->read += ring->peeked;
  ring->peeked = 0;
  atomic_store_explicit(&ring->head->read, ring->read, memory_order_release);
  if (is_half_free(atomic_load_explicit(&ring->head->written, memory_order_acquire), ring->read, ring->capacity))
    sb_bell_ring(&ring->head->room);
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
    if (has_record(ring, ring->read)) return;
    pause_briefly();
  }
  const uint32_t seen = sb_bell_count(&ring->head->records);
  if (!has_record(ring, ring->read)) sb_bell_wait(&ring->head->records, seen, timeout_ns);
}

void sb_ring_wait_room(sb_ring *ring, int64_t timeout_ns) {
  const uint32_t seen = sb_bell_count(&ring->head->room);
  const uint64_t read = atomic_load_explicit(&ring->head->read, memory_order_acquire);
  if (!is_half_free(ring->written, read, ring->capacity)) sb_bell_wait(&ring->head->room, seen, timeout_ns);
}

bool sb_ring_reader_sleeps(const sb_ring *ring) {
  return atomic_load_explicit(&ring->head->records.waiting, memory_order_relaxed) != 0;
}

void sb_ring_wake(sb_ring *ring) {
  sb_bell_ring(&ring->head->records);
  sb_bell_ring(&ring->head->room);
}
