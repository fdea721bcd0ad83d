/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include <stdlib.h>

typedef struct slot {
  sb_block block; /* first: a block of the pool is its slot */
  struct slot *next_free;
  int64_t *times_ns;
  sb_event events[SB_BLOCK_MAX_EVENTS];
} slot;

struct sb_pool {
  slot *slots, *free;
  float *data;
  int64_t *times_ns;
};

sb_pool *sb_pool_create(uint32_t count, size_t floats, uint32_t frames) {
  const size_t bytes = (floats * sizeof(float) + 63) & ~(size_t)63;
  sb_pool *pool = calloc(1, sizeof *pool);
  if (!pool) return NULL;
  pool->slots = calloc(count, sizeof *pool->slots);
  pool->times_ns = calloc((size_t)count * frames, sizeof *pool->times_ns);
  pool->data = aligned_alloc(64, bytes * count);
  if (!pool->slots || !pool->times_ns || !pool->data) {
    sb_pool_destroy(pool);
    return NULL;
  }
  memset(pool->data, 0, bytes * count);
  for (uint32_t i = 0; i < count; i++) {
    slot *s = &pool->slots[i];
    s->block.size = sizeof(sb_block);
    s->block.data = pool->data + i * (bytes / sizeof(float));
    s->block.events = s->events;
    s->times_ns = pool->times_ns + (size_t)i * frames;
    s->next_free = pool->free;
    pool->free = s;
  }
  return pool;
}

void sb_pool_destroy(sb_pool *pool) {
  if (!pool) return;
  free(pool->slots), free(pool->times_ns), free(pool->data), free(pool);
}

sb_block *sb_pool_acquire(sb_pool *pool) {
  slot *s = pool->free;
  if (!s) return NULL;
  pool->free = s->next_free;
  s->block.times_ns = s->times_ns;
  return &s->block;
}

void sb_pool_release(sb_pool *pool, sb_block *block) {
  slot *s = (slot *)block;
  s->next_free = pool->free;
  pool->free = s;
}
