/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions whose sources are hostile, tiny or wide, and stages that inherit.
 */
#include <stdio.h>

#include "node.h"
#include "ramp.h"

/* A source for one test: its self is what read does. */
typedef sb_status (*reading)(sb_block *out);

static sb_status read_self(void *self, sb_block *out) { return (*(reading *)self)(out); }
static void leave(void *self) { (void)self; }

static const sb_source_class reading_class = {
    .size = sizeof(sb_source_class), .type = "reading", .read = read_self, .deactivate = leave, .destroy = leave};

static int calls;
static sb_status give_nothing_at_first(sb_block *out) {
  if (++calls <= 20) out->frames = 0;
  return calls > 30 ? SB_END : SB_OK;
}
static sb_status claim_too_many_frames(sb_block *out) {
  out->frames++;
  return SB_OK;
}
static sb_status claim_too_many_events(sb_block *out) {
  out->event_count = SB_BLOCK_MAX_EVENTS + 1;
  return SB_OK;
}
static sb_status break_down(sb_block *out) {
  (void)out;
  return ++calls > 5 ? SB_IO : SB_OK;
}

static void run_hostile(reading does, uint64_t frames, uint64_t faults) {
  calls = 0;
  static const char *const names[] = {"1"};
  sb_node node = {.source = &reading_class, .self = &does, .active = true};
  node.format = (sb_format){.size = sizeof(sb_format), .port = SB_PORT_SIGNAL, .rate_hz = 1000, .channels = 1, .values = 1,
                            .max_frames = BLOCK, .channel_names = names};
  sb_session *session = sb_session_create(&node, BLOCK, 0, 1);
  CHECK_EQUAL(sb_session_start(session), SB_OK);
  while (!has_ended(session)) sb_session_wait(session, 1000);
  double stats[SB_SESSION_STATS];
  sb_session_stats(session, stats);
  CHECK_EQUAL(stats[SB_SESSION_FRAMES], frames);
  CHECK_EQUAL(node.faults, faults);
  sb_session_destroy(session);
}

TEST(session_survives_any_source) {
  run_hostile(give_nothing_at_first, 10 * BLOCK, 0);
  run_hostile(claim_too_many_frames, 0, 1);
  run_hostile(claim_too_many_events, 0, 1);
  run_hostile(break_down, 5 * BLOCK, 1);
}

TEST(session_refuses_a_source_without_a_rate) {
  sb_node node = {.source = &reading_class, .active = true, .format = {.max_frames = BLOCK, .channels = 1, .values = 1}};
  CHECK(sb_session_create(&node, BLOCK, 0, 1) == NULL);
}

/* The ramp through source, group and tap, with so many channels in blocks of so many frames. */
static void run_shape(uint32_t channels, uint32_t block_frames, uint32_t total) {
  char *names = calloc(channels, 8), *end = names;
  for (uint32_t i = 0; i < channels; i++) end += sprintf(end, "%u", i) + 1;
  sb_node *source = sb_node_create(NULL, "replay", 1), *gain = sb_node_create(NULL, "gain", 0), *nop = sb_node_create(NULL, "nop", 0);
  CHECK_EQUAL(sb_feed_open(source, 1000, channels, names, "uV", total), SB_OK);
  CHECK_EQUAL(sb_node_activate(source, NULL, block_frames), SB_OK);
  CHECK_EQUAL(sb_node_activate(gain, source, block_frames), SB_OK);
  CHECK_EQUAL(sb_node_activate(nop, gain, block_frames), SB_OK);
  float *rows = malloc((size_t)total * channels * sizeof *rows);
  for (size_t i = 0; i < (size_t)total * channels; i++) rows[i] = (float)(i / channels);
  CHECK_EQUAL(sb_feed_write(source, rows, total), total);
  sb_feed_end(source);
  sb_session *session = sb_session_create(source, block_frames, 0, 1);
  sb_tap *tap = sb_tap_create(nop, 0.05);
  sb_plan *plan = sb_plan_create();
  sb_plan_add_node(plan, gain, source, "one", -1);
  sb_plan_add_node(plan, nop, gain, "two", -1);
  sb_plan_add_tap(plan, tap, nop);
  CHECK_EQUAL(sb_session_swap(session, plan, 0), SB_OK);
  CHECK_EQUAL(sb_session_start(session), SB_OK);
  arrival a = {.factor = 1};
  while (!has_ended(session)) drain(tap, &a), sb_session_wait(session, 1000);
  drain(tap, &a);
  CHECK_EQUAL(a.frames, total);
  CHECK_EQUAL(a.packets, (total + block_frames - 1) / block_frames);
  CHECK_EQUAL(a.wrong_data + a.wrong_frame + a.wrong_sequence, 0);
  sb_session_destroy(session), sb_tap_destroy(tap);
  sb_node_destroy(nop), sb_node_destroy(gain), sb_node_destroy(source);
  free(rows), free(names);
}

TEST(session_runs_blocks_of_any_shape) {
  run_shape(1, 1, 3000);
  run_shape(9, 7, 3000);
  run_shape(1000, 1, 300);
  run_shape(1000, 300, 1000);
  run_shape(2, 65536, 200000);
}

TEST(session_keeps_what_is_not_finite_in_its_channel) {
  bench b = {.source = open_source(1000)};
  b.session = sb_session_create(b.source, BLOCK, 0, 1);
  sb_node *gain = open_stage("gain", b.source);
  sb_tap *tap = sb_tap_create(gain, 10);
  sb_plan *plan = sb_plan_create();
  sb_plan_add_node(plan, gain, b.source, "main", -1);
  sb_plan_add_tap(plan, tap, gain);
  CHECK_EQUAL(sb_session_swap(b.session, plan, 0), SB_OK);
  float rows[BLOCK * CHANNELS];
  for (int i = 0; i < BLOCK * CHANNELS; i++) rows[i] = i % CHANNELS == 1 ? (i % 2 ? NAN : INFINITY) : 5;
  CHECK_EQUAL(sb_feed_write(b.source, rows, BLOCK), BLOCK);
  sb_feed_end(b.source);
  CHECK_EQUAL(sb_session_start(b.session), SB_OK);
  while (!has_ended(b.session)) sb_session_wait(b.session, 1000);
  const uint8_t *packet = (const uint8_t *)sb_tap_memory(tap) + (size_t)sb_tap_peek(tap);
  const float *out = (const float *)(const void *)(packet + ((const sb_packet *)(const void *)packet)->data_offset);
  for (int i = 0; i < BLOCK * CHANNELS; i++) CHECK(i % CHANNELS == 1 ? !isfinite(out[i]) : out[i] == 5);
  sb_session_destroy(b.session);
  sb_node_destroy(gain), sb_tap_destroy(tap), sb_node_destroy(b.source);
}

static sb_node *open_highpass(sb_node *source, double freq_hz) {
  sb_node *node = sb_node_create(NULL, "highpass", 0);
  CHECK_EQUAL(sb_node_set_number(node, "freq_hz", freq_hz), SB_OK);
  CHECK_EQUAL(sb_node_set_number(node, "order", 2) + sb_node_set_number(node, "ripple_db", 1), SB_OK);
  CHECK_EQUAL(sb_node_activate(node, source, BLOCK), SB_OK);
  return node;
}

/* The largest step from one frame to the next that a high-passed offset of 1000 uV shows when its edge is moved. */
static double step_at_a_change(bool inherits) {
  enum { FRAMES = 100 * BLOCK };
  bench b = {.source = open_source(1000)};
  b.session = sb_session_create(b.source, BLOCK, 0, 1);
  sb_node *from = open_highpass(b.source, 1), *to = open_highpass(b.source, 1.2);
  sb_tap *tap = sb_tap_create(from, 10);
  static float rows[FRAMES * CHANNELS];
  for (int i = 0; i < FRAMES * CHANNELS; i++) rows[i] = 1000;
  CHECK_EQUAL(sb_feed_write(b.source, rows, FRAMES), FRAMES);
  for (int change = 0; change < 2; change++) {
    sb_plan *plan = sb_plan_create();
    sb_plan_add_node(plan, change ? to : from, b.source, "main", -1);
    sb_plan_add_tap(plan, tap, change ? to : from);
    if (change && inherits) sb_plan_add_heir(plan, from, to);
    int32_t status;
    while ((status = sb_session_swap(b.session, plan, 1000)) == SB_AGAIN) {
    }
    CHECK_EQUAL(status, SB_OK);
    if (change == 0) CHECK_EQUAL(sb_session_start(b.session), SB_OK);
    double stats[SB_SESSION_STATS] = {0};
    while (stats[SB_SESSION_FRAMES] < (change + 1) * FRAMES) sb_session_wait(b.session, 1000), sb_session_stats(b.session, stats);
    if (change == 0) CHECK_EQUAL(sb_feed_write(b.source, rows, FRAMES), FRAMES);
  }
  sb_session_destroy(b.session);
  double largest = 0, before = NAN;
  uint64_t frame = 0;
  for (double at; (at = sb_tap_peek(tap)) >= 0; sb_tap_release(tap)) {
    const uint8_t *packet = (const uint8_t *)sb_tap_memory(tap) + (size_t)at;
    const sb_packet *head = (const sb_packet *)(const void *)packet;
    const float *out = (const float *)(const void *)(packet + head->data_offset);
    for (uint32_t i = 0; i < head->frames; i++, frame++) {
      if (frame > FRAMES / 2) largest = fmax(largest, fabs((double)out[i * head->stride] - before));
      before = (double)out[i * head->stride];
    }
  }
  sb_node_destroy(from), sb_node_destroy(to), sb_tap_destroy(tap), sb_node_destroy(b.source);
  return largest;
}

TEST(heir_goes_on_where_its_predecessor_stood) {
  CHECK(step_at_a_change(false) > 500); /* a fresh filter sees a step of 1000 uV */
  CHECK(step_at_a_change(true) < 50);
}
