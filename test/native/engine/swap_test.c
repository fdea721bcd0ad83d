/* SPDX-License-Identifier: Apache-2.0
 *
 * Live edits at their worst: random trees of stages over random groups, taps that move, plans given up, taps that
 * are full, sessions that stop or end meanwhile.
 */
#include <stdio.h>

#include "node.h"
#include "ramp.h"

enum { TAPS = 3, MOST = 8 };

static uint32_t random_state = 1;

static uint32_t draw(uint32_t below) {
  random_state = random_state * 1664525u + 1013904223u;
  return (random_state >> 8) % below;
}

static sb_plan *random_plan(sb_node *source, sb_tap *taps[TAPS], sb_node *nodes[MOST]) {
  sb_plan *plan = sb_plan_create();
  const uint32_t count = draw(MOST + 1);
  char group_of[MOST][16];
  for (uint32_t i = 0; i < MOST; i++) nodes[i] = NULL;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t upstream = draw(i + 1);
    sb_node *from = upstream ? nodes[upstream - 1] : source;
    nodes[i] = open_stage("nop", from);
    /* Half of the stages stay in their upstream's group; the others open one, whose name a former plan may have used. */
    if (upstream && draw(2))
      memcpy(group_of[i], group_of[upstream - 1], sizeof group_of[i]);
    else
      snprintf(group_of[i], sizeof group_of[i], "g%u", i);
    CHECK_EQUAL(sb_plan_add_node(plan, nodes[i], from, group_of[i], -1), SB_OK);
  }
  for (int i = 0; i < TAPS; i++) {
    const uint32_t at = draw(count + 1);
    CHECK_EQUAL(sb_plan_add_tap(plan, taps[i], at ? nodes[at - 1] : source), SB_OK);
  }
  return plan;
}

static void destroy_nodes(sb_node *nodes[MOST]) {
  for (int i = 0; i < MOST; i++) sb_node_destroy(nodes[i]), nodes[i] = NULL;
}

TEST(swap_of_random_graphs_loses_and_repeats_nothing_at_any_tap) {
  enum { TOTAL = 300000 };
  bench b = {.source = open_source(1000)};
  b.session = sb_session_create(b.source, BLOCK, 0, 1);
  sb_tap *taps[TAPS];
  arrival a[TAPS];
  for (int i = 0; i < TAPS; i++) taps[i] = sb_tap_create(b.source, 0.1 * (i + 1)), a[i] = (arrival){.factor = 1};
  sb_node *nodes[2][MOST] = {0};
  CHECK_EQUAL(sb_session_swap(b.session, random_plan(b.source, taps, nodes[0]), 0), SB_OK);
  CHECK_EQUAL(sb_session_start(b.session), SB_OK);
  uint32_t edits = 0, waits = 0;
  while (!has_ended(b.session)) {
    feed(&b, TOTAL);
    sb_node **old = nodes[edits % 2], **next = nodes[++edits % 2];
    sb_plan *plan = random_plan(b.source, taps, next);
    int32_t status;
    while ((status = sb_session_swap(b.session, plan, 500)) == SB_AGAIN) {
      waits++;
      for (int i = 0; i < TAPS; i++) drain(taps[i], &a[i]);
    }
    CHECK_EQUAL(status, SB_OK);
    destroy_nodes(old);
  }
  sb_session_destroy(b.session);
  CHECK(edits > 20 && waits > 0);
  for (int i = 0; i < TAPS; i++) {
    drain(taps[i], &a[i]);
    CHECK_EQUAL(a[i].frames, TOTAL);
    CHECK_EQUAL(a[i].lost + a[i].wrong_sequence + a[i].wrong_frame + a[i].wrong_data, 0);
    sb_tap_destroy(taps[i]);
  }
  destroy_nodes(nodes[0]), destroy_nodes(nodes[1]), sb_node_destroy(b.source);
}

/* A session whose only tap holds some packets, full and waiting. */
static bench open_blocked(sb_tap **tap, sb_node **stage) {
  bench b = {.source = open_source(1000)};
  b.session = sb_session_create(b.source, BLOCK, 0, 1);
  *stage = open_stage("nop", b.source);
  *tap = sb_tap_create(*stage, 0);
  sb_plan *plan = sb_plan_create();
  sb_plan_add_node(plan, *stage, b.source, "main", -1);
  sb_plan_add_tap(plan, *tap, *stage);
  CHECK_EQUAL(sb_session_swap(b.session, plan, 0), SB_OK);
  feed(&b, 1 << 15);
  CHECK_EQUAL(sb_session_start(b.session), SB_OK);
  double before = -1, stats[SB_SESSION_STATS] = {0};
  while (stats[SB_SESSION_BLOCKS] == 0 || stats[SB_SESSION_BLOCKS] != before) {
    before = stats[SB_SESSION_BLOCKS];
    sb_session_wait(b.session, 30000);
    sb_session_stats(b.session, stats);
  }
  return b;
}

static void close_blocked(bench *b, sb_tap *tap, sb_node *stage) {
  sb_session_destroy(b->session);
  sb_node_destroy(stage), sb_tap_destroy(tap), sb_node_destroy(b->source);
}

TEST(session_stops_while_its_threads_wait_for_a_full_tap) {
  sb_tap *tap;
  sb_node *stage;
  bench b = open_blocked(&tap, &stage);
  const int64_t start = sb_now_ns();
  sb_session_stop(b.session);
  CHECK((double)(sb_now_ns() - start) < 2e9);
  close_blocked(&b, tap, stage);
}

TEST(swap_says_again_while_a_tap_is_full_and_a_plan_can_be_given_up) {
  sb_tap *tap;
  sb_node *stage;
  bench b = open_blocked(&tap, &stage);
  sb_node *other = open_stage("nop", stage);
  sb_plan *plan = sb_plan_create();
  sb_plan_add_node(plan, stage, b.source, "main", -1);
  sb_plan_add_node(plan, other, stage, "new", -1);
  sb_plan_add_tap(plan, tap, other);
  for (int i = 0; i < 3; i++) CHECK_EQUAL(sb_session_swap(b.session, plan, 1000), SB_AGAIN);
  sb_plan_destroy(plan);
  sb_node_destroy(other);
  arrival a = {.factor = 1};
  feed(&b, 1 << 15);
  while (!has_ended(b.session)) drain(tap, &a);
  drain(tap, &a);
  CHECK_EQUAL(a.frames, 1 << 15);
  CHECK_EQUAL(a.wrong_data + a.wrong_frame + a.wrong_sequence, 0);
  close_blocked(&b, tap, stage);
}

TEST(swap_of_a_plan_that_waited_while_another_was_swapped_in_is_made_anew) {
  sb_tap *tap;
  sb_node *stage;
  bench b = open_blocked(&tap, &stage);
  sb_node *other = open_stage("nop", stage);
  sb_plan *late = sb_plan_create(), *early = sb_plan_create();
  sb_plan_add_node(late, stage, b.source, "main", -1);
  sb_plan_add_tap(late, tap, stage);
  CHECK_EQUAL(sb_session_swap(b.session, late, 1000), SB_AGAIN);
  /* The early plan retires the group "main" that the late one counts on. */
  sb_plan_add_node(early, stage, b.source, "one", -1);
  sb_plan_add_node(early, other, stage, "two", -1);
  sb_plan_add_tap(early, tap, other);
  arrival a = {.factor = 1};
  swap(b.session, early, tap, &a);
  swap(b.session, late, tap, &a);
  while (!has_ended(b.session)) drain(tap, &a);
  drain(tap, &a);
  CHECK_EQUAL(a.frames, 1 << 15);
  CHECK_EQUAL(a.wrong_data + a.wrong_frame + a.wrong_sequence, 0);
  sb_node_destroy(other);
  close_blocked(&b, tap, stage);
}

TEST(swap_works_after_the_source_has_ended_and_after_a_stop) {
  bench b = {.source = open_source(1000)};
  b.session = sb_session_create(b.source, BLOCK, 0, 0);
  sb_node *nodes[4] = {0};
  for (int i = 0; i < 4; i++) {
    nodes[i] = open_stage("nop", b.source);
    sb_plan *plan = sb_plan_create();
    sb_plan_add_node(plan, nodes[i], b.source, i % 2 ? "odd" : "even", -1);
    CHECK_EQUAL(sb_session_swap(b.session, plan, 1000000), SB_OK);
    if (i == 0) {
      feed(&b, 1000);
      CHECK_EQUAL(sb_session_start(b.session), SB_OK);
      while (!has_ended(b.session)) sb_session_wait(b.session, 1000);
    }
    if (i == 1) sb_session_stop(b.session);
    if (i > 0) sb_node_destroy(nodes[i - 1]);
  }
  sb_session_destroy(b.session);
  sb_node_destroy(nodes[3]), sb_node_destroy(b.source);
}

TEST(plan_refuses_what_would_have_two_threads_at_one_place) {
  sb_node *source = open_source(250), *stage = open_stage("nop", source), *idle = sb_node_create(NULL, "nop", 0);
  sb_tap *tap = sb_tap_create(source, 1);
  sb_plan *plan = sb_plan_create();
  CHECK_EQUAL(sb_plan_add_node(plan, stage, source, "one", -1), SB_OK);
  CHECK_EQUAL(sb_plan_add_node(plan, stage, source, "two", -1), SB_INVALID);
  CHECK_EQUAL(sb_plan_add_node(plan, idle, source, "one", -1), SB_INVALID);
  CHECK_EQUAL(sb_plan_add_node(plan, source, source, "one", -1), SB_INVALID);
  CHECK_EQUAL(sb_plan_add_tap(plan, tap, source), SB_OK);
  CHECK_EQUAL(sb_plan_add_tap(plan, tap, stage), SB_INVALID);
  sb_plan_destroy(plan);
  sb_tap_destroy(tap), sb_node_destroy(idle), sb_node_destroy(stage), sb_node_destroy(source);
}

TEST(node_takes_any_number_of_changes_and_the_last_one_counts) {
  sb_node *source = open_source(250), *gain = open_stage("gain", source);
  for (int i = 0; i <= 1000; i++) CHECK_EQUAL(sb_node_change(gain, "gain_db", i * 0.02), SB_OK);
  CHECK_EQUAL(sb_node_change(gain, "volume", 1), SB_NOT_FOUND);
  sb_node_apply_changes(gain);
  CHECK(!sb_node_has_changes(gain));
  _Alignas(64) float row[8] = {1, 2, 3};
  sb_event events[SB_BLOCK_MAX_EVENTS];
  sb_block block = {.size = sizeof block, .rate_hz = 250, .frames = 1, .channels = 3, .values = 1, .stride = 8, .data = row, .events = events};
  CHECK_EQUAL(gain->stage->process(gain->self, &block, &block), SB_OK);
  CHECK_NEAR(row[2], 30, 1e-4);
  sb_node_destroy(gain), sb_node_destroy(source);
}
