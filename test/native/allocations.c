/* SPDX-License-Identifier: Apache-2.0 */
#include "allocations.h"

#include <stdlib.h>

static _Thread_local allocations counted;

void allocations_begin(void) { counted = (allocations){0}; }
allocations allocations_end(void) { return counted; }

static void count(size_t bytes) {
  counted.calls++;
  counted.bytes += bytes;
}

/* TYPE NAME PARAMETERS is called in place of the real one with ARGUMENTS. */
#define WRAP(TYPE, NAME, PARAMETERS, ARGUMENTS, BYTES) \
  TYPE __real_##NAME PARAMETERS;                       \
  TYPE __wrap_##NAME PARAMETERS;                       \
  TYPE __wrap_##NAME PARAMETERS {                      \
    count(BYTES);                                      \
    return __real_##NAME ARGUMENTS;                    \
  }

WRAP(void *, malloc, (size_t bytes), (bytes), bytes)
WRAP(void *, calloc, (size_t number, size_t bytes), (number, bytes), number * bytes)
WRAP(void *, realloc, (void *memory, size_t bytes), (memory, bytes), bytes)
WRAP(void *, aligned_alloc, (size_t alignment, size_t bytes), (alignment, bytes), bytes)
WRAP(int, posix_memalign, (void **memory, size_t alignment, size_t bytes), (memory, alignment, bytes), bytes)
WRAP(char *, strdup, (const char *text), (text), 1)
WRAP(void, free, (void *memory), (memory), 0)
