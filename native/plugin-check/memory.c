/* SPDX-License-Identifier: Apache-2.0
 *
 * Real memory comes from glibc's own names for its allocator, which it exports for this purpose.
 */
#include "memory.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trial.h"

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *memory);

static _Thread_local memory_use used;
static _Thread_local bool watching, is_checker;
static _Atomic long blocks, bytes_held, mappings;

void memory_watch(void) {
  used = (memory_use){0};
  watching = is_checker = true;
}

memory_use memory_watched(void) {
  watching = false;
  return used;
}

memory_balance memory_held(void) {
  is_checker = true;
  return (memory_balance){atomic_load(&blocks), atomic_load(&bytes_held), atomic_load(&mappings)};
}

static void note(const char *function, size_t bytes, const void *caller) {
  if (!watching) return;
  if (used.calls++ == 0) used.function = function, used.caller = caller;
  used.bytes += bytes;
}

static bool counts(void) { return !is_checker || (trial_verdict && trial_verdict->phase[0]); }

static void *taken(void *memory) {
  if (!memory || !counts()) return memory;
  atomic_fetch_add_explicit(&blocks, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&bytes_held, (long)malloc_usable_size(memory), memory_order_relaxed);
  return memory;
}

static void given(void *memory) {
  if (!memory || !counts()) return;
  atomic_fetch_sub_explicit(&blocks, 1, memory_order_relaxed);
  atomic_fetch_sub_explicit(&bytes_held, (long)malloc_usable_size(memory), memory_order_relaxed);
}

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

EXPORT void *malloc(size_t bytes) {
  note("malloc", bytes, CALLER);
  return taken(__libc_malloc(bytes));
}

EXPORT void *calloc(size_t count, size_t bytes) {
  note("calloc", count * bytes, CALLER);
  return taken(__libc_calloc(count, bytes));
}

EXPORT void *realloc(void *memory, size_t bytes) {
  note("realloc", bytes, CALLER);
  given(memory);
  void *grown = __libc_realloc(memory, bytes);
  if (grown) return taken(grown);
  if (bytes) taken(memory);
  return NULL;
}

EXPORT void free(void *memory) {
  if (memory) note("free", 0, CALLER);
  given(memory);
  __libc_free(memory);
}

EXPORT void *memalign(size_t alignment, size_t bytes) {
  note("memalign", bytes, CALLER);
  return taken(__libc_memalign(alignment, bytes));
}

EXPORT void *aligned_alloc(size_t alignment, size_t bytes) {
  note("aligned_alloc", bytes, CALLER);
  return taken(__libc_memalign(alignment, bytes));
}

EXPORT int posix_memalign(void **memory, size_t alignment, size_t bytes) {
  note("posix_memalign", bytes, CALLER);
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
  void *new = taken(__libc_memalign(alignment, bytes));
  if (!new) return ENOMEM;
  *memory = new;
  return 0;
}

EXPORT void *mmap(void *address, size_t bytes, int protection, int flags, int file, off_t offset) {
  note("mmap", bytes, CALLER);
  if (counts()) atomic_fetch_add_explicit(&mappings, 1, memory_order_relaxed);
  return (void *)syscall(SYS_mmap, address, bytes, protection, flags, file, offset);
}

EXPORT void *mmap64(void *address, size_t bytes, int protection, int flags, int file, off_t offset)
    __attribute__((alias("mmap")));

EXPORT int munmap(void *address, size_t bytes) {
  note("munmap", 0, CALLER);
  if (counts()) atomic_fetch_sub_explicit(&mappings, 1, memory_order_relaxed);
  return (int)syscall(SYS_munmap, address, bytes);
}
