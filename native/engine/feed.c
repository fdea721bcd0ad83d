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

/* Takes the gap before `frame`, and says where the next one after it lies. */
static uint64_t take_gap(sb_feed *feed, uint64_t frame, uint32_t *lost) {
  const uint32_t written = atomic_load_explicit(&feed->marks_written, memory_order_acquire);
  for (uint32_t read = atomic_load_explicit(&feed->marks_read, memory_order_relaxed); read != written; read++) {
    sb_feed_mark *mark = &feed->marks[read % SB_FEED_MARKS];
    if (mark->lost && mark->frame > frame) return mark->frame;
    *lost += mark->lost;
    mark->lost = 0;
  }
  return UINT64_MAX;
}

static void take_events(sb_feed *feed, uint64_t first, sb_block *out) {
  const uint32_t written = atomic_load_explicit(&feed->marks_written, memory_order_acquire);
  uint32_t read = atomic_load_explicit(&feed->marks_read, memory_order_relaxed);
  for (; read != written; read++) {
    const sb_feed_mark *mark = &feed->marks[read % SB_FEED_MARKS];
    if (mark->frame >= first + out->frames) break;
    if (!mark->label[0]) continue;
    const int64_t frame = (int64_t)(mark->frame - first);
    if (!sb_block_add_event(out, (int32_t)(frame < -INT32_MAX ? -INT32_MAX : frame), mark->duration_s, mark->label)) break;
  }
  atomic_store_explicit(&feed->marks_read, read, memory_order_release);
}

sb_status sb_feed_read(sb_feed *feed, sb_block *out) {
  const bool ended = atomic_load_explicit(&feed->ended, memory_order_acquire);
  const uint64_t read = atomic_load_explicit(&feed->read, memory_order_relaxed);
  uint64_t available = atomic_load_explicit(&feed->written, memory_order_acquire) - read;
  if (available == 0) return ended ? SB_END : SB_AGAIN;
  const uint64_t next_gap = take_gap(feed, read, &out->lost_before);
  if (next_gap - read < available) available = next_gap - read;
  else if (available < out->frames && !ended) return SB_AGAIN;
  if (available < out->frames) out->frames = (uint32_t)available;

  for (uint32_t frame = 0; frame < out->frames; frame++)
    memcpy(out->data + (size_t)frame * out->stride, feed->samples + (read + frame) % feed->capacity * feed->channels, feed->channels * sizeof(float));
  take_events(feed, read, out);
  atomic_store_explicit(&feed->read, read + out->frames, memory_order_release);
  return SB_OK;
}
