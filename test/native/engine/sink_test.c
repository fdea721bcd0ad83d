/* SPDX-License-Identifier: Apache-2.0
 *
 * Native sinks: stages that put nothing out.
 */
#include <stdlib.h>

#include "check.h"
#include "error.h"
#include "program.h"
#include "ramp.h"

typedef struct counting {
  uint64_t frames;
  double sum;
  bool fails;
} counting;

static counting counted;

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  (void)host, (void)values;
  *self = &counted;
  return SB_OK;
}

/* A sink has no say in a format. */
static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)self, (void)host, (void)in;
  out->channels = 1u << 30;
  out->port = SB_PORT_NONE;
  return SB_OK;
}

static sb_status take(void *self, const sb_block *in, sb_block *out) {
  counting *to = self;
  to->frames += in->frames;
  for (uint32_t f = 0; f < in->frames; f++) to->sum += in->data[(size_t)f * in->stride];
  out->frames = 12345; /* nobody may believe it */
  return to->fails ? SB_IO : SB_OK;
}

static void nothing(void *self) { (void)self; }

static const sb_stage_class counting_class = {
    .size = sizeof(sb_stage_class), .type = "counting", .input = SB_PORT_SIGNAL, .output = SB_PORT_NONE,
    .create = create, .activate = activate, .process = take, .deactivate = nothing, .destroy = nothing};

/* A built-in stage's node with another class. */
static sb_node *open_sink(sb_node *upstream) {
  counted = (counting){0};
  sb_node *node = open_stage("nop", upstream);
  node->stage->deactivate(node->self), node->stage->destroy(node->self);
  node->self = NULL, node->active = false, node->stage = &counting_class;
  free((void *)node->format.unit), free((void *)node->format.channel_names), free((void *)node->format.value_names);
  CHECK_EQUAL(sb_node_activate(node, upstream, BLOCK), SB_OK);
  return node;
}

static double stat_of(const sb_node *node, int which) {
  double stats[SB_NODE_STATS];
  sb_node_stats(node, stats);
  return stats[which];
}

static void run_over(bench *b, sb_plan *plan, uint32_t total) {
  CHECK_EQUAL(sb_session_swap(b->session, plan, 0), SB_OK);
  CHECK_EQUAL(sb_session_start(b->session), SB_OK);
  while (!has_ended(b->session)) feed(b, total);
}

TEST(sink_in_a_group_of_its_own_takes_every_frame) {
  enum { TOTAL = 100000 };
  bench b = {.source = open_source(1000)};
  b.session = sb_session_create(b.source, BLOCK, 0, 1);
  sb_node *stage = open_stage("nop", b.source), *sink = open_sink(stage);
  sb_plan *plan = sb_plan_create();
  CHECK_EQUAL(sb_plan_add_node(plan, stage, b.source, "main", -1), SB_OK);
  CHECK_EQUAL(sb_plan_add_node(plan, sink, stage, "sink:count", -1), SB_OK);
  run_over(&b, plan, TOTAL);
  CHECK_EQUAL(counted.frames, TOTAL);
  CHECK_EQUAL(stat_of(sink, SB_NODE_FRAMES), TOTAL);
  CHECK_EQUAL(stat_of(sink, SB_NODE_FAULTS), 0);
  CHECK_NEAR(counted.sum, TOTAL * (TOTAL - 1.0) / 2, 0);
  sb_session_destroy(b.session);
  sb_node_destroy(sink), sb_node_destroy(stage), sb_node_destroy(b.source);
}

TEST(sink_between_stages_of_one_group_disturbs_none_of_them) {
  enum { TOTAL = 50000 };
  bench b = {.source = open_source(1000)};
  b.session = sb_session_create(b.source, BLOCK, 0, 1);
  sb_node *sink = open_sink(b.source), *stage = open_stage("nop", b.source);
  counted.fails = true;
  sb_plan *plan = sb_plan_create();
  CHECK_EQUAL(sb_plan_add_node(plan, sink, b.source, "main", -1), SB_OK);
  CHECK_EQUAL(sb_plan_add_node(plan, stage, b.source, "main", -1), SB_OK);
  run_over(&b, plan, TOTAL);
  CHECK_EQUAL(stat_of(stage, SB_NODE_FRAMES), TOTAL);
  CHECK_EQUAL(stat_of(sink, SB_NODE_FRAMES), 0);
  CHECK_EQUAL(stat_of(sink, SB_NODE_FAULTS), stat_of(sink, SB_NODE_BLOCKS));
  CHECK(stat_of(sink, SB_NODE_FAULTS) > 0);
  sb_session_destroy(b.session);
  sb_node_destroy(stage), sb_node_destroy(sink), sb_node_destroy(b.source);
}

TEST(nothing_comes_after_a_sink) {
  sb_node *source = open_source(1000), *sink = open_sink(source);
  CHECK(strstr(sb_node_format(sink), "\"port\":\"none\"") != NULL);
  CHECK(strstr(sb_node_format(sink), "\"channels\":0") != NULL);
  sb_plan *plan = sb_plan_create();
  sb_node *stage = open_stage("nop", source);
  sb_tap *tap = sb_tap_create(source, 1);
  CHECK_EQUAL(sb_plan_add_node(plan, sink, source, "a", -1), SB_OK);
  CHECK_EQUAL(sb_plan_add_node(plan, stage, sink, "a", -1), SB_INVALID);
  CHECK_EQUAL(sb_plan_add_tap(plan, tap, sink), SB_INVALID);
  sb_node *below = sb_node_create(NULL, "nop", 0);
  CHECK_EQUAL(sb_node_activate(below, sink, BLOCK), SB_WRONG_STATE);
  sb_plan_destroy(plan), sb_tap_destroy(tap);
  sb_node_destroy(below), sb_node_destroy(stage), sb_node_destroy(sink), sb_node_destroy(source);
}
