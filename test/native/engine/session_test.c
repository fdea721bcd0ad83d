/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs real sessions: a ramp (frame n carries n) goes in, and what comes out of the taps shows what was lost, repeated
 * or put out of order.
 */
#include "ramp.h"

TEST(session_loses_and_repeats_nothing_while_its_graph_changes) {
  enum { TOTAL = 400000 };
  bench b = {.source = open_source(1000)};
  b.session = sb_session_create(b.source, BLOCK, 0, 1);
  sb_node *first = open_stage("nop", b.source);
  sb_tap *tap = sb_tap_create(first, 2);
  arrival a = {.factor = 1};

  sb_plan *plan = sb_plan_create();
  CHECK_EQUAL(sb_plan_add_node(plan, first, b.source, "main", -1), SB_OK);
  CHECK_EQUAL(sb_plan_add_tap(plan, tap, first), SB_OK);
  swap(b.session, plan, tap, &a);
  feed(&b, TOTAL);
  CHECK_EQUAL(sb_session_start(b.session), SB_OK);

  sb_node *inserted[4] = {0};
  uint32_t edits = 0;
  while (!has_ended(b.session)) {
    feed(&b, TOTAL);
    drain(tap, &a);
    /* Each edit puts a chain of other length, and now and then a second group, before the tap. */
    sb_node *chain[4] = {0};
    plan = sb_plan_create();
    sb_plan_add_node(plan, first, b.source, "main", -1);
    sb_node *upstream = first;
    for (uint32_t i = 0; i < edits % 4; i++) {
      chain[i] = open_stage("nop", upstream);
      CHECK_EQUAL(sb_plan_add_node(plan, chain[i], upstream, edits % 3 == 0 ? "second" : "main", -1), SB_OK);
      upstream = chain[i];
    }
    sb_plan_add_tap(plan, tap, upstream);
    swap(b.session, plan, tap, &a);
    for (int i = 0; i < 4; i++) sb_node_destroy(inserted[i]);
    memcpy(inserted, chain, sizeof chain);
    edits++;
  }
  sb_session_destroy(b.session);
  drain(tap, &a);
  CHECK(edits > 20);
  CHECK_EQUAL(a.frames, TOTAL);
  CHECK_EQUAL(a.lost, 0);
  CHECK_EQUAL(a.wrong_sequence, 0);
  CHECK_EQUAL(a.wrong_frame, 0);
  CHECK_EQUAL(a.wrong_data, 0);
  for (int i = 0; i < 4; i++) sb_node_destroy(inserted[i]);
  sb_node_destroy(first), sb_tap_destroy(tap), sb_node_destroy(b.source);
}

TEST(session_branches_give_each_reader_the_same_data) {
  enum { TOTAL = 20000 };
  bench b = {.source = open_source(1000)};
  b.session = sb_session_create(b.source, BLOCK, 0, 1);
  /* One stage that works in place beside another reader of the same block, and a tap on the block itself. */
  sb_node *loud = sb_node_create(NULL, "gain", 0), *plain = sb_node_create(NULL, "nop", 0);
  CHECK_EQUAL(sb_node_set_number(loud, "gain_db", 20), SB_OK);
  CHECK_EQUAL(sb_node_activate(loud, b.source, BLOCK), SB_OK);
  CHECK_EQUAL(sb_node_activate(plain, b.source, BLOCK), SB_OK);
  sb_tap *taps[3] = {sb_tap_create(b.source, 30), sb_tap_create(loud, 30), sb_tap_create(plain, 30)};
  sb_plan *plan = sb_plan_create();
  sb_plan_add_node(plan, loud, b.source, "main", -1);
  sb_plan_add_node(plan, plain, b.source, "main", -1);
  sb_plan_add_tap(plan, taps[0], b.source);
  sb_plan_add_tap(plan, taps[1], loud);
  sb_plan_add_tap(plan, taps[2], plain);
  CHECK_EQUAL(sb_session_swap(b.session, plan, 0), SB_OK);
  CHECK_EQUAL(sb_feed_event(b.source, 100, 0.5, "stimulus"), SB_OK);
  CHECK_EQUAL(sb_session_start(b.session), SB_OK);
  arrival a[3] = {{.factor = 1}, {.factor = 10}, {.factor = 1}};
  while (!has_ended(b.session)) {
    feed(&b, TOTAL);
    for (int i = 0; i < 3; i++) drain(taps[i], &a[i]);
  }
  sb_session_destroy(b.session);
  for (int i = 0; i < 3; i++) {
    drain(taps[i], &a[i]);
    CHECK_EQUAL(a[i].frames, TOTAL);
    CHECK_EQUAL(a[i].wrong_data, 0);
    CHECK_EQUAL(a[i].events, 1);
    sb_tap_destroy(taps[i]);
  }
  sb_node_destroy(loud), sb_node_destroy(plain), sb_node_destroy(b.source);
}

TEST(session_drops_and_says_so_when_a_live_tap_is_not_read) {
  bench b = {.source = open_source(100000)};
  b.session = sb_session_create(b.source, BLOCK, 0, 0);
  sb_tap *tap = sb_tap_create(b.source, 0.001);
  sb_plan *plan = sb_plan_create();
  sb_plan_add_tap(plan, tap, b.source);
  CHECK_EQUAL(sb_session_swap(b.session, plan, 0), SB_OK);
  feed(&b, 30000);
  CHECK_EQUAL(sb_session_start(b.session), SB_OK);
  while (!has_ended(b.session)) sb_session_wait(b.session, 1000);
  const double lost = sb_tap_lost(tap);
  CHECK(lost > 0);
  arrival a = {.factor = 1};
  drain(tap, &a);
  CHECK_EQUAL(a.frames + (uint64_t)lost, 30000);
  CHECK_EQUAL(a.wrong_data, 0);
  sb_session_destroy(b.session);
  sb_tap_destroy(tap), sb_node_destroy(b.source);
}

TEST(session_carries_gaps_and_markers) {
  bench b = {.source = open_source(1000)};
  b.session = sb_session_create(b.source, BLOCK, 0, 1);
  sb_node *pass = open_stage("nop", b.source);
  sb_tap *tap = sb_tap_create(pass, 10);
  sb_plan *plan = sb_plan_create();
  sb_plan_add_node(plan, pass, b.source, "main", -1);
  sb_plan_add_tap(plan, tap, pass);
  CHECK_EQUAL(sb_session_swap(b.session, plan, 0), SB_OK);
  CHECK_EQUAL(sb_feed_gap(b.source, 100, 25), SB_OK);
  CHECK_EQUAL(sb_session_mark(b.session, "here", 0), SB_OK);
  float rows[200 * CHANNELS] = {0};
  for (int i = 0; i < 200 * CHANNELS; i++) rows[i] = (float)(i / CHANNELS + (i / CHANNELS < 100 ? 0 : 25));
  CHECK_EQUAL(sb_feed_write(b.source, rows, 200), 200);
  sb_feed_end(b.source);
  CHECK_EQUAL(sb_session_start(b.session), SB_OK);
  while (!has_ended(b.session)) sb_session_wait(b.session, 1000);
  arrival a = {.factor = 1};
  drain(tap, &a);
  CHECK_EQUAL(a.frames, 200);
  CHECK_EQUAL(a.lost, 25);
  CHECK_EQUAL(a.wrong_frame, 0);
  CHECK_EQUAL(a.wrong_data, 0);
  CHECK_EQUAL(a.events, 1);
  sb_session_destroy(b.session);
  sb_node_destroy(pass), sb_tap_destroy(tap), sb_node_destroy(b.source);
}

TEST(plan_refuses_a_group_with_two_ways_in) {
  sb_node *source = open_source(250), *a = open_stage("nop", source), *c = open_stage("nop", a);
  sb_plan *plan = sb_plan_create();
  CHECK_EQUAL(sb_plan_add_node(plan, a, source, "one", -1), SB_OK);
  CHECK_EQUAL(sb_plan_add_node(plan, c, a, "two", -1), SB_OK);
  CHECK_EQUAL(sb_plan_add_node(plan, c, source, "two", -1), SB_INVALID);
  CHECK(strstr(sb_last_error(), "two") != NULL);
  sb_plan_destroy(plan);
  sb_node_destroy(a), sb_node_destroy(c), sb_node_destroy(source);
}

TEST(node_says_what_is_wrong) {
  CHECK(sb_node_create(NULL, "notchh", 0) == NULL);
  CHECK(strstr(sb_last_error(), "notchh") != NULL);
  sb_node *gain = sb_node_create(NULL, "gain", 0);
  CHECK_EQUAL(sb_node_set_number(gain, "volume", 1), SB_NOT_FOUND);
  CHECK(strstr(sb_last_error(), "volume") != NULL);
  sb_node_destroy(gain);
}
