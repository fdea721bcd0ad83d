/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include <stdlib.h>

typedef struct slot {
  sb_buffer buffer; /* first: a buffer is its slot */
  struct slot *next, *next_free;
} slot;

struct sb_pool {
  size_t data_bytes, times_bytes;
  slot *slots, *free;
};

static size_t align64(size_t bytes) { return (bytes + 63) & ~(size_t)63; }

sb_pool *sb_pool_create(size_t floats, uint32_t frames) {
  sb_pool *pool = calloc(1, sizeof *pool);
  if (!pool) return NULL;
  pool->data_bytes = align64(floats * sizeof(float));
  pool->times_bytes = align64(frames * sizeof(int64_t));
  return pool;
}

void sb_pool_destroy(sb_pool *pool) {
  if (!pool) return;
  for (slot *s = pool->slots, *next; s; s = next) {
    next = s->next;
    free(s->buffer.data), free(s);
  }
  free(pool);
}

static slot *new_slot(const sb_pool *pool) {
  const size_t bytes = pool->data_bytes + pool->times_bytes + SB_BLOCK_MAX_EVENTS * sizeof(sb_event);
  slot *s = calloc(1, sizeof *s);
  uint8_t *memory = aligned_alloc(64, bytes);
  if (!s || !memory) {
    free(s), free(memory);
    return NULL;
  }
  memset(memory, 0, bytes);
  s->buffer.data = (float *)(void *)memory;
  s->buffer.times_ns = (int64_t *)(void *)(memory + pool->data_bytes);
  s->buffer.events = (sb_event *)(void *)(memory + pool->data_bytes + pool->times_bytes);
  return s;
}

const sb_buffer *sb_pool_take(sb_pool *pool) {
  slot *s = pool->free;
  if (s) {
    pool->free = s->next_free;
  } else if ((s = new_slot(pool))) {
    s->next = pool->slots;
    pool->slots = s;
  }
  return s ? &s->buffer : NULL;
}

void sb_pool_give(sb_pool *pool, const sb_buffer *buffer) {
  slot *s = (slot *)buffer;
  s->next_free = pool->free;
  pool->free = s;
}
