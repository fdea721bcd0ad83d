/* SPDX-License-Identifier: Apache-2.0
 *
 * A block is one packet of frames on its way through the graph. The host owns it; a stage sees it for
 * the length of one process call.
 */
#ifndef STAGEBOX_BLOCK_H
#define STAGEBOX_BLOCK_H

#include <stdint.h>
#include <string.h>

#include "event.h"
#include "format.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { /* ffi */
  SB_BLOCK_GAP = 1u << 0,      /* frames are missing before this block: see lost_before */
  SB_BLOCK_LATE = 1u << 1,     /* a stage missed its deadline for this block */
  SB_BLOCK_CLIPPED = 1u << 2,  /* the source's converter was at its rail */
  SB_BLOCK_DRY = 1u << 3,      /* a stage was passed over: its input stands here in place of its output */
  SB_BLOCK_ARTEFACT = 1u << 4, /* an artefact stage found this block unfit for analysis */
};

typedef struct sb_block {
  uint32_t size;         /* sizeof(sb_block): this struct grows only at its end */
  uint32_t flags;        /* SB_BLOCK_* */
  uint64_t sequence;     /* number of the source block this one descends from */
  uint64_t first_frame;  /* index of the first frame since this port began */
  int64_t time_ns;       /* device time of the first frame, CLOCK_MONOTONIC; counted from 0 off line */
  double rate_hz;        /* frames per second; 0: irregular, see times_ns */
  uint32_t frames;
  uint32_t channels;
  uint32_t values;
  uint32_t stride;       /* floats from one frame to the next, a multiple of 8 */
  uint32_t lost_before;  /* source frames that went missing just before this block */
  uint32_t event_count;
  float *data;           /* [frames x stride], 64-byte aligned */
  int64_t *times_ns;     /* [frames] where rate_hz is 0, otherwise NULL */
  sb_event *events;      /* [SB_BLOCK_MAX_EVENTS], the first event_count in use */
} sb_block;

/* Device time of a frame. [any] */
static inline int64_t sb_block_time_ns(const sb_block *block, uint32_t frame) {
  if (block->times_ns) return block->times_ns[frame];
  return block->time_ns + (int64_t)((double)frame * 1e9 / block->rate_hz + 0.5);
}

/* Puts an event on a frame of a block. Returns 1, or 0 if the block can carry no more. [rt] */
static inline int sb_block_add_event(sb_block *block, int32_t frame, float duration_s, const char *label) {
  if (block->event_count >= SB_BLOCK_MAX_EVENTS) return 0;
  sb_event *event = &block->events[block->event_count++];
  event->frame = frame;
  event->duration_s = duration_s;
  sb_event_set_label(event->label, label);
  return 1;
}

#ifdef __cplusplus
}
#endif
#endif
