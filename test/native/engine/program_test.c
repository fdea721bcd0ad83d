/* SPDX-License-Identifier: Apache-2.0
 *
 * Programs on their own, in one thread: stages that misbehave, are silent, or are irregular, and trees of any shape.
 */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "tap.h"

enum { FRAMES = 16, CHANNELS = 5, STRIDE = 8 };

/* A stage for one test: what process does is in the node's self. */
typedef sb_status (*behaviour)(sb_block *out);

static sb_status behave(void *self, const sb_block *in, sb_block *out) {
  if (out->data != in->data) memcpy(out->data, in->data, sizeof(float) * in->frames * in->stride);
  return (*(behaviour *)self)(out);
}

static const sb_stage_class behaving = {
    .size = sizeof(sb_stage_class), .flags = SB_STAGE_IN_PLACE, .type = "behaving", .process = behave};

static const sb_format signal_format = {
    .size = sizeof(sb_format), .port = SB_PORT_SIGNAL, .rate_hz = 1000, .channels = CHANNELS, .values = 1, .max_frames = FRAMES};

static sb_node node_that(behaviour *does) {
  return (sb_node){.stage = &behaving, .self = does, .active = true, .format = signal_format};
}

static const sb_run run = {.live = true};

/* Feeds block number `n`, filled with `value`, before each of which `lost` frames are missing. */
static void run_gappy_block(sb_program *program, uint64_t n, float value, uint32_t lost) {
  static _Alignas(64) float data[FRAMES * STRIDE];
  static sb_event events[SB_BLOCK_MAX_EVENTS];
  for (int i = 0; i < FRAMES * STRIDE; i++) data[i] = value;
  const uint64_t first = n * FRAMES + (n + 1) * lost;
  *sb_program_input(program) = (sb_block){
      .size = sizeof(sb_block),
      .flags = lost ? SB_BLOCK_GAP : 0,
      .sequence = n,
      .first_frame = first,
      .time_ns = (int64_t)first * 1000000,
      .rate_hz = 1000,
      .frames = FRAMES,
      .channels = CHANNELS,
      .values = 1,
      .stride = STRIDE,
      .lost_before = lost,
      .data = data,
      .events = events,
  };
  sb_program_run(program, 0, &run);
}

static void run_block(sb_program *program, uint64_t n, float value) { run_gappy_block(program, n, value, 0); }

/* The oldest packet of a tap, or NULL. */
static const sb_packet *oldest(const sb_tap *tap) {
  const double at = sb_tap_peek(tap);
  return at < 0 ? NULL : (const sb_packet *)(const void *)((const uint8_t *)sb_tap_memory(tap) + (size_t)at);
}

static const float *rows_of(const sb_packet *packet) { return (const float *)(const void *)((const uint8_t *)packet + packet->data_offset); }

static int calls;
static sb_status fail_every_third(sb_block *out) {
  (void)out;
  return ++calls % 3 == 0 ? SB_IO : SB_OK;
}
static sb_status claim_too_many_frames(sb_block *out) {
  out->frames = FRAMES + 1;
  return SB_OK;
}
static sb_status claim_too_many_events(sb_block *out) {
  out->event_count = SB_BLOCK_MAX_EVENTS + 1;
  return SB_OK;
}
static sb_status pass_every_fifth(sb_block *out) {
  if (++calls % 5) out->frames = 0;
  return SB_OK;
}
static sb_status give_two_at_odd_times(sb_block *out) {
  out->frames = 2;
  out->times_ns[0] = out->time_ns + 123;
  out->times_ns[1] = out->time_ns + 4567;
  return SB_OK;
}

TEST(program_makes_a_gap_of_a_block_that_a_stage_fails_on) {
  calls = 0;
  behaviour does = fail_every_third;
  sb_node node = node_that(&does);
  sb_tap *tap = sb_tap_create(&node, 10);
  sb_program *program = sb_program_create(1, &signal_format);
  sb_program_add_outlet(program, sb_program_add_step(program, &node, 0), &tap->outlet);
  CHECK_EQUAL(sb_program_finish(program), SB_OK);
  uint64_t next = 0;
  for (uint64_t n = 0; n < 30; n++) {
    run_block(program, n, (float)n);
    const sb_packet *packet = oldest(tap);
    CHECK_EQUAL(packet == NULL, n % 3 == 2);
    if (!packet) continue;
    CHECK_EQUAL(packet->lost_before, n && n % 3 == 0 ? FRAMES : 0);
    CHECK_EQUAL(packet->flags, n && n % 3 == 0 ? SB_BLOCK_GAP : 0);
    CHECK_EQUAL(packet->first_frame, next + packet->lost_before);
    next = packet->first_frame + packet->frames;
    sb_tap_release(tap);
  }
  CHECK_EQUAL(node.faults, 10);
  sb_program_destroy(program), sb_tap_destroy(tap);
}

TEST(program_passes_nothing_on_that_would_overrun_its_memory) {
  behaviour frames = claim_too_many_frames, events = claim_too_many_events;
  sb_node nodes[2] = {node_that(&frames), node_that(&events)};
  for (int i = 0; i < 2; i++) {
    sb_tap *tap = sb_tap_create(&nodes[i], 10);
    sb_program *program = sb_program_create(1, &signal_format);
    sb_program_add_outlet(program, sb_program_add_step(program, &nodes[i], 0), &tap->outlet);
    CHECK_EQUAL(sb_program_finish(program), SB_OK);
    run_block(program, 0, 1);
    CHECK(oldest(tap) == NULL);
    CHECK_EQUAL(nodes[i].faults, 1);
    sb_program_destroy(program), sb_tap_destroy(tap);
  }
}

TEST(program_carries_a_gap_past_blocks_without_output) {
  calls = 0;
  behaviour does = pass_every_fifth;
  sb_node node = node_that(&does);
  sb_tap *tap = sb_tap_create(&node, 10);
  sb_program *program = sb_program_create(1, &signal_format);
  sb_program_add_outlet(program, sb_program_add_step(program, &node, 0), &tap->outlet);
  CHECK_EQUAL(sb_program_finish(program), SB_OK);
  for (uint64_t n = 0; n < 5; n++) {
    run_gappy_block(program, n, 1, 2);
    if (n < 4) CHECK(oldest(tap) == NULL);
  }
  CHECK_EQUAL(oldest(tap)->lost_before, 10);
  CHECK_EQUAL(oldest(tap)->flags, SB_BLOCK_GAP);
  sb_program_destroy(program), sb_tap_destroy(tap);
}

TEST(program_passes_irregular_outputs_with_their_times_to_the_next_group) {
  behaviour does = give_two_at_odd_times;
  sb_node node = node_that(&does), next = node_that(NULL);
  behaviour passes = pass_every_fifth;
  next.self = &passes;
  node.format.rate_hz = next.format.rate_hz = 0;
  sb_tap *between = sb_tap_create(&node, 1), *behind = sb_tap_create(&next, 1);
  between->outlet.compact = false; /* the ring of a group */
  sb_program *first = sb_program_create(1, &signal_format), *second = sb_program_create(1, &node.format);
  sb_program_add_outlet(first, sb_program_add_step(first, &node, 0), &between->outlet);
  sb_program_add_outlet(second, sb_program_add_step(second, &next, 0), &behind->outlet);
  CHECK_EQUAL(sb_program_finish(first), SB_OK);
  CHECK_EQUAL(sb_program_finish(second), SB_OK);
  calls = 4;
  run_block(first, 3, 7);
  sb_packet_view(sb_ring_peek(between->ring), sb_program_input(second));
  sb_program_run(second, 0, &run);
  const sb_packet *packet = oldest(behind);
  CHECK(packet != NULL && packet->frames == 2 && packet->rate_hz == 0 && packet->times_offset != 0);
  int64_t times_ns[2];
  memcpy(times_ns, (const uint8_t *)packet + packet->times_offset, sizeof times_ns);
  CHECK_EQUAL(times_ns[0], 3 * FRAMES * 1000000 + 123); /* the second stage keeps the times it is given */
  CHECK_EQUAL(times_ns[1], 3 * FRAMES * 1000000 + 4567);
  sb_tap_release(between);
  sb_program_destroy(first), sb_program_destroy(second), sb_tap_destroy(between), sb_tap_destroy(behind);
}

/* Each node multiplies by its own number, in place where the program lets it. Any block given to two readers, or
 * memory given away too early, shows as a wrong product. */
typedef struct factor {
  float by;
} factor;

static sb_status multiply(void *self, const sb_block *in, sb_block *out) {
  for (uint32_t i = 0; i < in->frames * in->stride; i++) out->data[i] = in->data[i] * ((factor *)self)->by;
  return SB_OK;
}

TEST(program_gives_every_node_of_any_tree_its_own_upstreams_data) {
  enum { TREES = 300, MOST = 12 };
  uint32_t random = 7;
  for (int tree = 0; tree < TREES; tree++) {
    sb_stage_class classes[MOST];
    sb_node nodes[MOST];
    factor factors[MOST];
    sb_tap *taps[MOST];
    double product[MOST + 1] = {1};
    random = random * 1664525u + 1013904223u;
    const uint32_t count = 1 + (random >> 8) % MOST;
    sb_program *program = sb_program_create(count, &signal_format);
    for (uint32_t i = 0; i < count; i++) {
      random = random * 1664525u + 1013904223u;
      const uint32_t upstream = (random >> 8) % (i + 1);
      factors[i].by = (float)(2 + (random >> 16) % 3);
      product[i + 1] = product[upstream] * (double)factors[i].by;
      classes[i] = (sb_stage_class){.flags = random >> 30 ? SB_STAGE_IN_PLACE : 0, .type = "multiply", .process = multiply};
      nodes[i] = (sb_node){.stage = &classes[i], .self = &factors[i], .active = true, .format = signal_format};
      taps[i] = sb_tap_create(&nodes[i], 1);
      sb_program_add_outlet(program, sb_program_add_step(program, &nodes[i], upstream), &taps[i]->outlet);
    }
    CHECK_EQUAL(sb_program_finish(program), SB_OK);
    for (uint64_t n = 0; n < 3; n++) {
      run_block(program, n, (float)(n + 1));
      for (uint32_t i = 0; i < count; i++) {
        const float want = (float)(product[i + 1] * (double)(n + 1)), *rows = rows_of(oldest(taps[i]));
        for (int k = 0; k < FRAMES * CHANNELS; k++) CHECK_EQUAL(rows[k], want);
        sb_tap_release(taps[i]);
      }
    }
    for (uint32_t i = 0; i < count; i++) sb_tap_destroy(taps[i]);
    sb_program_destroy(program);
  }
}
