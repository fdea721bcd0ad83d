/* SPDX-License-Identifier: Apache-2.0
 *
 * What the control plane decoded from a file, on its way to a replay source: samples, events and gaps, from one
 * writing thread to one reading thread.
 */
#ifndef STAGEBOX_FEED_H
#define STAGEBOX_FEED_H

#include <stagebox/stagebox.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { SB_FEED_MARKS = 4096 };

/* An event, or where frames are missing (lost > 0). */
typedef struct sb_feed_mark {
  uint64_t frame; /* of all frames fed */
  uint32_t lost;
  float duration_s;
  char label[SB_EVENT_LABEL_BYTES];
} sb_feed_mark;

typedef struct sb_feed {
  double rate_hz;
  uint32_t channels, capacity;
  const char *const *names;    /* [channels], owned */
  char *unit;
  float *samples;              /* [capacity * channels], a circle */
  _Atomic uint64_t written, read; /* frames */
  sb_feed_mark marks[SB_FEED_MARKS]; /* a circle, by frame */
  _Atomic uint32_t marks_written, marks_read;
  _Atomic bool ended;
} sb_feed;

/* NULL if memory is short. `names`: strings closed by zero bytes, one after the other. [control] */
sb_feed *sb_feed_create(double rate_hz, uint32_t channels, const char *names, const char *unit, uint32_t capacity);
void sb_feed_destroy(sb_feed *feed);

/* Frames taken, at most `frames`. [control] */
uint32_t sb_feed_append(sb_feed *feed, const float *samples, uint32_t frames);
/* SB_FULL if too many marks wait. Marks come in order of frame. [control] */
sb_status sb_feed_mark_at(sb_feed *feed, const sb_feed_mark *mark);

/* Fills a block as sb_source_class.read does: up to out->frames frames, none across a gap; waits (SB_AGAIN) for whole
 * blocks until the end, so that blocks are the same from run to run. [rt] */
sb_status sb_feed_read(sb_feed *feed, sb_block *out);

#endif
