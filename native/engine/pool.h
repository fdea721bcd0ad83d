/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory in which one group's stages put their outputs. Who uses a buffer when is settled while a program is
 * compiled: a buffer given back there is taken again by a later stage, and so is still in the cache.
 */
#ifndef STAGEBOX_POOL_H
#define STAGEBOX_POOL_H

#include <stagebox/stagebox.h>

typedef struct sb_buffer {
  float *data;       /* 64-byte aligned */
  int64_t *times_ns;
  sb_event *events;  /* [SB_BLOCK_MAX_EVENTS] */
} sb_buffer;

typedef struct sb_pool sb_pool;

/* Buffers with room for `floats` floats and `frames` times each; NULL if memory is short. [control] */
sb_pool *sb_pool_create(size_t floats, uint32_t frames);
void sb_pool_destroy(sb_pool *pool);

/* The buffer given back last, or a new one with all its memory in place (no page fault awaits who writes to it); NULL
 * if memory is short. [control] */
const sb_buffer *sb_pool_take(sb_pool *pool);
void sb_pool_give(sb_pool *pool, const sb_buffer *buffer);

#endif
