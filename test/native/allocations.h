/* SPDX-License-Identifier: Apache-2.0
 *
 * Watches the memory that one thread takes. The test binary is linked with --wrap for the functions of allocations.c, so
 * that every call from the library and the tests is seen; calls inside libc are not.
 */
#ifndef STAGEBOX_TEST_ALLOCATIONS_H
#define STAGEBOX_TEST_ALLOCATIONS_H

#include <stddef.h>

typedef struct allocations {
  size_t calls; /* of any function, free included */
  size_t bytes; /* asked for */
} allocations;

/* Counts this thread's calls from now on, until allocations_end says what they were. */
void allocations_begin(void);
allocations allocations_end(void);

#endif
