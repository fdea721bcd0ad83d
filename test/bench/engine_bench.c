/* SPDX-License-Identifier: Apache-2.0
 *
 * What the engine costs: the same stages over the same blocks, once as a group's thread runs them (ring, program,
 * timing, counters), once called one after the other in a bare loop. Prints a line of JSON for each graph, live (every
 * stage of every block is timed) and as fast as it goes.
 */
#include <math.h>
#include <stagebox/stagebox.h>
#include <stagebox_engine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node.h"
#include "session.h"

enum { ROUNDS = 15, MAX_STAGES = 8, BATCH = 12, READY = 20, MAX_BATCHES = 500 };
static const double RATE_HZ = 250;

typedef struct graph {
  const char *name;
  const char *types[MAX_STAGES];
  uint32_t stages, channels, frames, batches;
} graph;

typedef struct chain {
  sb_node *source, *nodes[MAX_STAGES];
} chain;

static size_t block_bytes(const graph *g) { return sizeof(float) * g->channels * g->frames; }

static void configure(sb_node *node, const char *type) {
  if (strcmp(type, "notch") == 0) {
    sb_node_set_number(node, "freq_hz", 50), sb_node_set_number(node, "q", 30), sb_node_set_number(node, "harmonics", 1);
  } else if (strcmp(type, "bandpass") == 0) {
    sb_node_set_number(node, "low_hz", 1), sb_node_set_number(node, "high_hz", 40), sb_node_set_number(node, "order", 4);
    sb_node_set_number(node, "ripple_db", 1);
  } else if (strcmp(type, "band_power") == 0) {
    const double edges[] = {1, 4, 4, 8, 8, 13, 13, 30, 30, 45};
    sb_node_set_texts(node, "bands", "delta\0theta\0alpha\0beta\0gamma", 5);
    sb_node_set_numbers(node, "bands", edges, 5, 2);
    sb_node_set_number(node, "window_s", 256 / RATE_HZ), sb_node_set_number(node, "overlap", 1 - 32.0 / 256);
    sb_node_set_number(node, "averages", 1), sb_node_set_number(node, "window", 1);
  }
}

static void check(int32_t status, const char *what) {
  if (status == SB_OK) return;
  fprintf(stderr, "%s: %s\n", what, sb_last_error());
  exit(1);
}

static chain open_chain(const graph *g) {
  char names[64 * 4], *end = names;
  for (uint32_t i = 0; i < g->channels; i++) end += sprintf(end, "%u", i) + 1;
  chain c = {.source = sb_node_create(NULL, "replay", 1)};
  check(sb_feed_open(c.source, RATE_HZ, g->channels, names, "uV", g->frames), "replay");
  check(sb_node_activate(c.source, NULL, g->frames), "replay");
  for (uint32_t i = 0; i < g->stages; i++) {
    c.nodes[i] = sb_node_create(NULL, g->types[i], 0);
    configure(c.nodes[i], g->types[i]);
    check(sb_node_activate(c.nodes[i], i ? c.nodes[i - 1] : c.source, g->frames), g->types[i]);
  }
  return c;
}

static void close_chain(const graph *g, const chain *c) {
  for (uint32_t i = 0; i < g->stages; i++) sb_node_destroy(c->nodes[i]);
  sb_node_destroy(c->source);
}

static sb_block block_in(const graph *g, uint64_t number, float *memory) {
  static sb_event events[SB_BLOCK_MAX_EVENTS];
  return (sb_block){
      .size = sizeof(sb_block),
      .sequence = number,
      .first_frame = number * g->frames,
      .rate_hz = RATE_HZ,
      .frames = g->frames,
      .channels = g->channels,
      .values = 1,
      .stride = g->channels,
      .data = memory,
      .events = events,
  };
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Each batch is laid ready in memory first: in the group's ring, or in an array that is gone through in the same way. Then
 * only the group's work is timed, and what the source's thread does to hand a block over is timed on its own. Others use
 * this machine's caches too: the lower quartile of a round's batches stands for it. */
static double lower_quartile(double *ns, uint32_t batches) {
  qsort(ns, batches, sizeof *ns, ascending);
  return ns[batches / 4] / BATCH;
}

typedef struct cost {
  double group_ns, delivery_ns; /* per block */
} cost;

static cost run_engine(const graph *g, bool live, float *signal) {
  const chain c = open_chain(g);
  sb_session *session = sb_session_create(c.source, g->frames, live, 0);
  sb_plan *plan = sb_plan_create();
  for (uint32_t i = 0; i < g->stages; i++) sb_plan_add_node(plan, c.nodes[i], i ? c.nodes[i - 1] : c.source, "main", -1);
  check(sb_session_swap(session, plan, 0), "swap");
  static double group_ns[MAX_BATCHES], delivery_ns[MAX_BATCHES];
  for (uint32_t batch = 0; batch < g->batches; batch++) {
    const int64_t start = sb_now_ns();
    for (uint32_t b = 0; b < BATCH; b++) {
      pthread_mutex_lock(&session->delivery);
      *sb_program_input(session->source_program) = block_in(g, batch * BATCH + b, signal + (size_t)b * g->channels * g->frames);
      sb_program_run(session->source_program, start, &session->run);
      pthread_mutex_unlock(&session->delivery);
    }
    const int64_t delivered = sb_now_ns();
    while (sb_group_step(session->groups[0])) {
    }
    group_ns[batch] = (double)(sb_now_ns() - delivered);
    delivery_ns[batch] = (double)(delivered - start);
  }
  double stats[SB_GROUP_STATS];
  sb_session_group_stats(session, 0, stats);
  const uint32_t blocks = g->batches * BATCH;
  if (stats[SB_GROUP_BLOCKS] != blocks) fprintf(stderr, "the engine ran %.0f of %u blocks\n", stats[SB_GROUP_BLOCKS], blocks);
  sb_session_destroy(session);
  close_chain(g, &c);
  return (cost){lower_quartile(group_ns, g->batches), lower_quartile(delivery_ns, g->batches)};
}

/* ns per block in a bare loop: each stage's process called on the block, in place where it may. */
static double run_bare(const graph *g, const float *signal) {
  const chain c = open_chain(g);
  const size_t floats = (size_t)g->channels * g->frames;
  float *ready = aligned_alloc(64, READY * block_bytes(g)), *memory = aligned_alloc(64, MAX_STAGES * block_bytes(g));
  static double ns[MAX_BATCHES];
  for (uint32_t batch = 0; batch < g->batches; batch++) {
    for (uint32_t b = 0; b < BATCH; b++) memcpy(ready + (batch * BATCH + b) % READY * floats, signal + b * floats, block_bytes(g));
    const int64_t start = sb_now_ns();
    for (uint32_t b = batch * BATCH; b < (batch + 1) * BATCH; b++) {
      sb_block in = block_in(g, b, ready + b % READY * floats);
      for (uint32_t i = 0; i < g->stages && in.frames; i++) {
        const sb_format *format = &c.nodes[i]->format;
        sb_block out = in;
        out.rate_hz = format->rate_hz, out.channels = format->channels, out.values = format->values;
        out.stride = sb_stride(format->channels, format->values);
        if (!(c.nodes[i]->stage->flags & SB_STAGE_IN_PLACE)) out.data = memory + i * floats;
        c.nodes[i]->stage->process(c.nodes[i]->self, &in, &out);
        in = out;
      }
    }
    ns[batch] = (double)(sb_now_ns() - start);
  }
  free(ready), free(memory);
  close_chain(g, &c);
  return lower_quartile(ns, g->batches);
}

static void compare(const graph *g, bool live) {
  const size_t count = BATCH * (size_t)g->channels * g->frames;
  float *signal = aligned_alloc(64, count * sizeof *signal);
  for (size_t i = 0; i < count; i++) signal[i] = (float)((i * 2654435761u >> 8) % 2001) * 0.1f - 100;
  double group = INFINITY, delivery = INFINITY, bare = INFINITY;
  for (int round = 0; round < ROUNDS; round++) {
    bare = fmin(bare, run_bare(g, signal));
    const cost engine = run_engine(g, live, signal);
    group = fmin(group, engine.group_ns);
    delivery = fmin(delivery, engine.delivery_ns);
  }
  free(signal);
  printf("{\"name\":\"engine: %s\",\"channels\":%u,\"frames\":%u,\"stages\":%u,\"live\":%s,\"group_ns_per_block\":%.1f,", g->name, g->channels,
         g->frames, g->stages, live ? "true" : "false", group);
  printf("\"bare_ns_per_block\":%.1f,\"overhead\":%.4f,\"overhead_ns_per_stage\":%.1f,\"delivery_ns_per_block\":%.1f}\n", bare, group / bare - 1,
         (group - bare) / g->stages, delivery);
}

int main(void) {
  const graph graphs[] = {
      {"notch, band pass, common average, 256-point spectrum and 5 bands a block",
       {"notch", "bandpass", "common_average", "band_power"}, 4, 8, 32, 500},
      {"notch, band pass, common average", {"notch", "bandpass", "common_average"}, 3, 8, 32, 500},
      {"8 x nop", {"nop", "nop", "nop", "nop", "nop", "nop", "nop", "nop"}, 8, 8, 32, 500},
      {"notch, band pass, common average", {"notch", "bandpass", "common_average"}, 3, 64, 256, 20},
  };
  for (size_t i = 0; i < sizeof graphs / sizeof *graphs; i++) compare(&graphs[i], true), compare(&graphs[i], false);
  return 0;
}
