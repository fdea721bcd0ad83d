/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocks for the outputs of one group's stages. One thread uses a pool; the block given back last is taken first,
 * since it is still in the cache. How many readers hold a block is counted where they are known: in the program.
 */
#ifndef STAGEBOX_POOL_H
#define STAGEBOX_POOL_H

#include <stagebox/stagebox.h>

typedef struct sb_pool sb_pool;

/* `count` blocks with room for `floats` floats and `frames` times each; NULL if memory is short. [control] */
sb_pool *sb_pool_create(uint32_t count, size_t floats, uint32_t frames);
void sb_pool_destroy(sb_pool *pool);

/* NULL if none is free. data, times_ns and events point to its memory, the rest is undefined. [rt] */
sb_block *sb_pool_acquire(sb_pool *pool);
void sb_pool_release(sb_pool *pool, sb_block *block);

#endif
