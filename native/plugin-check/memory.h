/* SPDX-License-Identifier: Apache-2.0
 *
 * Watches the memory that a plugin takes. This program exports malloc and its kin, so that the library and everything
 * it links bind to them, libc's own calls included.
 */
#ifndef STAGEBOX_MEMORY_H
#define STAGEBOX_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* What this thread did between memory_watch and memory_watched. */
typedef struct memory_use {
  size_t calls;          /* of any function, free included */
  size_t bytes;          /* asked for */
  const char *function;  /* the first */
  const void *caller;    /* of the first */
} memory_use;

void memory_watch(void);
memory_use memory_watched(void);

/* Blocks and bytes taken and not given back: by this thread inside of CALL, by other threads always. */
typedef struct memory_balance {
  long blocks, bytes, mappings;
} memory_balance;

memory_balance memory_held(void);

#endif
