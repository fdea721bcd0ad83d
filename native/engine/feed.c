/* SPDX-License-Identifier: Apache-2.0 */
#include "feed.h"

#include <stdlib.h>

#include "string_list.h"

sb_feed *sb_feed_create(double rate_hz, uint32_t channels, const char *names, const char *unit, uint32_t capacity) {
  sb_feed *feed = calloc(1, sizeof *feed);
  if (!feed) return NULL;
  feed->rate_hz = rate_hz;
  feed->channels = channels;
  feed->capacity = capacity;
  feed->names = sb_strings_unpack(names, channels);
  feed->unit = strdup(unit);
  feed->samples = malloc((size_t)capacity * channels * sizeof(float));
  if (feed->names && feed->unit && feed->samples) return feed;
  sb_feed_destroy(feed);
  return NULL;
}

void sb_feed_destroy(sb_feed *feed) {
  if (!feed) return;
  free((void *)feed->names), free(feed->unit), free(feed->samples), free(feed);
}

uint32_t sb_feed_append(sb_feed *feed, const float *samples, uint32_t frames) {
  const uint64_t written = atomic_load_explicit(&feed->written, memory_order_relaxed);
  const uint64_t room = feed->capacity - (written - atomic_load_explicit(&feed->read, memory_order_acquire));
  const uint32_t count = frames < room ? frames : (uint32_t)room;
  const uint32_t at = (uint32_t)(written % feed->capacity);
  const uint32_t first = count < feed->capacity - at ? count : feed->capacity - at;
  const size_t row = feed->channels;
  memcpy(feed->samples + at * row, samples, first * row * sizeof(float));
  memcpy(feed->samples, samples + first * row, (count - first) * row * sizeof(float));
  atomic_store_explicit(&feed->written, written + count, memory_order_release);
  return count;
}

sb_status sb_feed_mark_at(sb_feed *feed, const sb_feed_mark *mark) {
  const uint32_t written = atomic_load_explicit(&feed->marks_written, memory_order_relaxed);
  if (written - atomic_load_explicit(&feed->marks_read, memory_order_acquire) == SB_FEED_MARKS) return SB_FULL;
  feed->marks[written % SB_FEED_MARKS] = *mark;
  atomic_store_explicit(&feed->marks_written, written + 1, memory_order_release);
  return SB_OK;
}

/* The first gap behind frame `first` and before `end`; `end` if there is none. */
static uint64_t next_gap(const sb_feed *feed, uint64_t first, uint64_t end) {
  const uint32_t written = atomic_load_explicit(&feed->marks_written, memory_order_acquire);
  for (uint32_t read = atomic_load_explicit(&feed->marks_read, memory_order_relaxed); read != written; read++) {
    const sb_feed_mark *mark = &feed->marks[read % SB_FEED_MARKS];
    if (mark->frame >= end) break;
    if (mark->lost && mark->frame > first) return mark->frame;
  }
  return end;
}

/* Puts what stands up to the block's end on the block. Events that find no room stay for the next one; gaps do not. */
static void take_marks(sb_feed *feed, uint64_t first, sb_block *out) {
  const uint32_t written = atomic_load_explicit(&feed->marks_written, memory_order_acquire);
  uint32_t taken = atomic_load_explicit(&feed->marks_read, memory_order_relaxed);
  bool full = false;
  for (uint32_t read = taken; read != written; read++) {
    sb_feed_mark *mark = &feed->marks[read % SB_FEED_MARKS];
    if (mark->frame >= first + out->frames) break;
    out->lost_before += mark->lost;
    mark->lost = 0;
    const int64_t behind = (int64_t)(mark->frame - first);
    const int32_t frame = behind < -INT32_MAX ? -INT32_MAX : (int32_t)behind;
    if (mark->label[0] && !full) full = !sb_block_add_event(out, frame, mark->duration_s, mark->label);
    if (!full) taken = read + 1;
  }
  atomic_store_explicit(&feed->marks_read, taken, memory_order_release);
}

sb_status sb_feed_read(sb_feed *feed, sb_block *out) {
  const bool ended = atomic_load_explicit(&feed->ended, memory_order_acquire);
  const uint64_t read = atomic_load_explicit(&feed->read, memory_order_relaxed);
  const uint64_t available = atomic_load_explicit(&feed->written, memory_order_acquire) - read;
  const uint64_t wanted = next_gap(feed, read, read + out->frames) - read;
  if (available == 0 || (available < wanted && !ended)) return ended ? SB_END : SB_AGAIN;
  out->frames = (uint32_t)(available < wanted ? available : wanted);

  const size_t row = feed->channels;
  const float *from = feed->samples + read % feed->capacity * row, *end = feed->samples + feed->capacity * row;
  for (uint32_t frame = 0; frame < out->frames; frame++) {
    memcpy(out->data + (size_t)frame * out->stride, from, row * sizeof(float));
    if ((from += row) == end) from = feed->samples;
  }
  take_marks(feed, read, out);
  atomic_store_explicit(&feed->read, read + out->frames, memory_order_release);
  return SB_OK;
}
