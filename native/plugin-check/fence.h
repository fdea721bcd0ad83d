/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory between two pages that nobody may touch, and words for an address: which of these it is at, and how far
 * outside. All of a trial's.
 */
#ifndef STAGEBOX_FENCE_H
#define STAGEBOX_FENCE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum fence_edge {
  FENCE_BEHIND, /* the memory ends where the forbidden page begins, but for up to 63 bytes of its alignment */
  FENCE_BEFORE, /* it begins where the forbidden page ends */
} fence_edge;

/* Zeroed, aligned to 64 bytes. `name` as in "writes beyond its NAME". */
void *fence_memory(const char *name, size_t bytes, fence_edge edge);
void fence_release(void *fenced);
/* Forbids writing to it, or allows it again. */
void fence_set_read_only(void *fenced, bool read_only);
/* Whether the bytes between the memory's end and the forbidden page are as they were. */
bool fence_slack_stands(const void *fenced);

typedef enum fence_access { FENCE_TOUCHED, FENCE_READ, FENCE_WRITTEN } fence_access;

/* "writes beyond its output, 4 bytes behind its end"; NULL if the address is nowhere near. Valid until the
 * next call. */
const char *fence_explain(const void *touched, fence_access how);

#endif
