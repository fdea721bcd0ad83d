/* SPDX-License-Identifier: Apache-2.0 */
#include "feed.h"

#include <stdio.h>
#include <stdlib.h>

#include "check.h"

enum { BLOCK = 32, STRIDE = 8, CAPACITY = 300 };

typedef struct reading {
  float data[BLOCK * STRIDE];
  sb_event events[SB_BLOCK_MAX_EVENTS];
  sb_block block;
} reading;

static sb_status read_block(sb_feed *feed, reading *r, uint32_t frames) {
  r->block = (sb_block){.frames = frames, .stride = STRIDE, .data = r->data, .events = r->events};
  return sb_feed_read(feed, &r->block);
}

static void append_zeros(sb_feed *feed, uint32_t frames) {
  static const float zeros[CAPACITY];
  CHECK_EQUAL(sb_feed_append(feed, zeros, frames), frames);
}

static void mark_event(sb_feed *feed, uint64_t frame, uint32_t number) {
  sb_feed_mark mark = {.frame = frame};
  snprintf(mark.label, sizeof mark.label, "%u", number);
  CHECK_EQUAL(sb_feed_mark_at(feed, &mark), SB_OK);
}

TEST(feed_keeps_a_gap_while_it_waits_for_the_block_behind_it) {
  sb_feed *feed = sb_feed_create(250, 1, "a", "uV", CAPACITY);
  static reading r;
  sb_feed_mark_at(feed, &(sb_feed_mark){.frame = 64, .lost = 7});
  append_zeros(feed, 70);
  CHECK_EQUAL(read_block(feed, &r, BLOCK), SB_OK);
  CHECK_EQUAL(read_block(feed, &r, BLOCK), SB_OK);
  CHECK_EQUAL(r.block.lost_before, 0);
  CHECK_EQUAL(read_block(feed, &r, BLOCK), SB_AGAIN);
  append_zeros(feed, 100);
  CHECK_EQUAL(read_block(feed, &r, BLOCK), SB_OK);
  CHECK_EQUAL(r.block.frames, BLOCK);
  CHECK_EQUAL(r.block.lost_before, 7);
  CHECK_EQUAL(read_block(feed, &r, BLOCK), SB_OK);
  CHECK_EQUAL(r.block.lost_before, 0);
  sb_feed_destroy(feed);
}

TEST(feed_holds_events_over_the_limit_for_the_blocks_that_follow) {
  enum { EVENTS = 150 };
  sb_feed *feed = sb_feed_create(250, 1, "a", "uV", CAPACITY);
  static reading r;
  for (uint32_t i = 0; i < EVENTS; i++) mark_event(feed, 20, i);
  sb_feed_mark_at(feed, &(sb_feed_mark){.frame = BLOCK, .lost = 3});
  append_zeros(feed, 4 * BLOCK);
  for (uint32_t block = 0, expected = 0; block < 4; block++) {
    CHECK_EQUAL(read_block(feed, &r, BLOCK), SB_OK);
    const uint32_t left = EVENTS - expected;
    CHECK_EQUAL(r.block.event_count, left < SB_BLOCK_MAX_EVENTS ? left : SB_BLOCK_MAX_EVENTS);
    CHECK_EQUAL(r.block.lost_before, block == 1 ? 3 : 0); /* a gap does not wait behind events */
    for (uint32_t i = 0; i < r.block.event_count; i++) {
      CHECK_EQUAL(atoi(r.events[i].label), expected++);
      CHECK_EQUAL(r.events[i].frame, 20 - (int)block * BLOCK);
    }
  }
  sb_feed_destroy(feed);
}

/* Writes, marks and reads in random portions. Every frame, gap and event comes out once, in order, in its place. */
TEST(feed_gives_back_what_was_put_in_whatever_the_portions) {
  enum { TOTAL = 20000 };
  sb_feed *feed = sb_feed_create(250, 1, "a", "uV", CAPACITY);
  static reading r;
  uint32_t random = 1, events_in = 0, events_out = 0, wrong = 0;
  uint64_t written = 0, marked = 0, gaps_in = 0, gaps_out = 0, read = 0;
  static uint64_t event_frames[TOTAL];
  static uint32_t gap_at[TOTAL + 1];
  sb_status status = SB_OK;
  while (status != SB_END) {
    random = random * 1664525u + 1013904223u;
    const uint32_t draw = random >> 8;
    if (draw % 3 == 0 && written < TOTAL) {
      float rows[CAPACITY];
      const uint32_t count = draw / 3 % CAPACITY < TOTAL - written ? draw / 3 % CAPACITY : (uint32_t)(TOTAL - written);
      for (uint32_t i = 0; i < count; i++) rows[i] = (float)(written + i);
      written += sb_feed_append(feed, rows, count);
      if (written == TOTAL) atomic_store(&feed->ended, true);
    } else if (draw % 3 == 1 && written < TOTAL) {
      marked = (marked > written ? marked : written) + draw / 3 % 40;
      if (marked >= TOTAL) continue;
      if (draw % 5 == 0) {
        const uint32_t lost = 1 + draw / 15 % 9;
        if (sb_feed_mark_at(feed, &(sb_feed_mark){.frame = marked, .lost = lost}) == SB_OK) gap_at[marked] += lost, gaps_in += lost;
      } else {
        mark_event(feed, marked, events_in);
        event_frames[events_in++] = marked;
      }
    } else if ((status = read_block(feed, &r, 1 + draw / 3 % BLOCK)) == SB_OK) {
      if (r.block.lost_before != gap_at[read]) wrong++;
      gaps_out += r.block.lost_before;
      for (uint32_t i = 0; i < r.block.frames; i++)
        if (r.data[i * STRIDE] != (float)(read + i) || (i && gap_at[read + i])) wrong++;
      for (uint32_t i = 0; i < r.block.event_count; i++, events_out++)
        if (atoi(r.events[i].label) != (int)events_out || read + (uint64_t)r.events[i].frame != event_frames[events_out]) wrong++;
      read += r.block.frames;
    }
  }
  CHECK_EQUAL(read, TOTAL);
  CHECK_EQUAL(wrong, 0);
  CHECK_EQUAL(gaps_out, gaps_in);
  CHECK_EQUAL(events_out, events_in);
  CHECK(gaps_in > 100 && events_in > 100);
  sb_feed_destroy(feed);
}
