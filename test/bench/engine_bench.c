/* SPDX-License-Identifier: Apache-2.0
 *
 * What the engine costs: the same stages over the same blocks, once as a group's thread runs them (ring, program,
 * timing, counters), once called one after the other in a bare loop. Prints a line of JSON for each graph.
 */
#include <math.h>
#include <stagebox/stagebox.h>
#include <stagebox_engine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "node.h"
#include "session.h"
#include "ticks.h"

enum { CHANNELS = 8, BLOCK = 32, BLOCKS = 6000, ROUNDS = 25, MAX_STAGES = 16 };
static const double RATE_HZ = 250;

static float *signal; /* [BLOCKS * BLOCK * CHANNELS] */

typedef struct graph {
  const char *name;
  const char *types[MAX_STAGES];
  uint32_t count;
} graph;

static sb_node *open_source(void) {
  sb_node *source = sb_node_create("replay", 1);
  sb_feed_open(source, RATE_HZ, CHANNELS, "1\0002\0003\0004\0005\0006\0007\0008", "uV", BLOCKS * BLOCK);
  sb_node_activate(source, NULL, BLOCK);
  return source;
}

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

static void open_chain(const graph *g, sb_node *source, sb_node **nodes) {
  sb_node *upstream = source;
  for (uint32_t i = 0; i < g->count; i++) {
    nodes[i] = sb_node_create(g->types[i], 0);
    configure(nodes[i], g->types[i]);
    if (sb_node_activate(nodes[i], upstream, BLOCK) != SB_OK) {
      fprintf(stderr, "%s: %s\n", g->types[i], sb_last_error());
      exit(1);
    }
    upstream = nodes[i];
  }
}

/* Each batch is laid ready in memory first: in the group's ring, or in an array that is gone through in the same way. Then
 * only the group's work is timed, and what the source's thread does to hand a block over is timed on its own. Others use
 * this machine's caches too: the lower quartile of the batches of a round stands for it. */
enum { BATCH = 12, BATCHES = BLOCKS / BATCH };

static int ascending(const void *a, const void *b) { return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b); }

static double lower_quartile(double ns[BATCHES]) {
  qsort(ns, BATCHES, sizeof *ns, ascending);
  return ns[BATCHES / 4] / BATCH;
}

typedef struct cost {
  double group_ns, delivery_ns; /* per block */
} cost;

static sb_block block_in(float *memory, sb_event *events) {
  return (sb_block){.size = sizeof(sb_block), .rate_hz = RATE_HZ, .frames = BLOCK, .channels = CHANNELS, .values = 1, .stride = CHANNELS, .data = memory, .events = events};
}

static cost run_engine(const graph *g) {
  sb_node *source = open_source(), *nodes[MAX_STAGES];
  open_chain(g, source, nodes);
  sb_session *session = sb_session_create(source, BLOCK, 0, 0);
  sb_plan *plan = sb_plan_create();
  for (uint32_t i = 0; i < g->count; i++) sb_plan_add_node(plan, nodes[i], i ? nodes[i - 1] : source, "main", -1);
  sb_session_swap(session, plan, 0);
  static _Alignas(64) float memory[BLOCK * CHANNELS];
  sb_event events[SB_BLOCK_MAX_EVENTS];
  static double group_ns[BATCHES], delivery_ns[BATCHES];
  for (uint32_t batch = 0; batch < BLOCKS; batch += BATCH) {
    const int64_t start = sb_now_ns();
    for (uint32_t b = 0; b < BATCH; b++) {
      memcpy(memory, signal + (size_t)(batch + b) * BLOCK * CHANNELS, sizeof memory);
      sb_block block = block_in(memory, events);
      block.first_frame = (uint64_t)(batch + b) * BLOCK;
      pthread_mutex_lock(&session->delivery);
      *sb_program_input(session->source_program) = block;
      sb_program_run(session->source_program, start, &session->run);
      pthread_mutex_unlock(&session->delivery);
    }
    const int64_t delivered = sb_now_ns();
    while (sb_group_step(session->groups[0])) {
    }
    group_ns[batch / BATCH] = (double)(sb_now_ns() - delivered);
    delivery_ns[batch / BATCH] = (double)(delivered - start);
  }
  double stats[SB_GROUP_STATS];
  sb_session_group_stats(session, 0, stats);
  if (stats[SB_GROUP_BLOCKS] != BLOCKS) fprintf(stderr, "the engine ran %.0f of %d blocks\n", stats[SB_GROUP_BLOCKS], BLOCKS);
  sb_session_destroy(session);
  for (uint32_t i = 0; i < g->count; i++) sb_node_destroy(nodes[i]);
  sb_node_destroy(source);
  return (cost){lower_quartile(group_ns), lower_quartile(delivery_ns)};
}

enum { READY = 20 };

/* ns per block in a bare loop: each stage's process called on the block, in place where it may. */
static double run_bare(const graph *g) {
  sb_node *source = open_source(), *nodes[MAX_STAGES];
  open_chain(g, source, nodes);
  static _Alignas(64) float ready[READY][BLOCK * CHANNELS], memory[MAX_STAGES][1 << 12];
  sb_event events[SB_BLOCK_MAX_EVENTS];
  static double ns[BATCHES];
  for (uint32_t batch = 0; batch < BLOCKS; batch += BATCH) {
    for (uint32_t b = batch; b < batch + BATCH; b++) memcpy(ready[b % READY], signal + (size_t)b * BLOCK * CHANNELS, sizeof *ready);
    const int64_t start = sb_now_ns();
    for (uint32_t b = 0; b < BATCH; b++) {
      sb_block in = block_in(ready[(batch + b) % READY], events);
      for (uint32_t i = 0; i < g->count && in.frames; i++) {
        const sb_format *format = &nodes[i]->format;
        sb_block out = in;
        out.rate_hz = format->rate_hz, out.channels = format->channels, out.values = format->values;
        out.stride = sb_stride(format->channels, format->values);
        if (!(nodes[i]->stage->flags & SB_STAGE_IN_PLACE)) out.data = memory[i];
        nodes[i]->stage->process(nodes[i]->self, &in, &out);
        in = out;
      }
    }
    ns[batch / BATCH] = (double)(sb_now_ns() - start);
  }
  for (uint32_t i = 0; i < g->count; i++) sb_node_destroy(nodes[i]);
  sb_node_destroy(source);
  return lower_quartile(ns);
}

int main(void) {
  const graph graphs[] = {
      {"notch, band pass, common average, 256-point spectrum and 5 bands a block", {"notch", "bandpass", "common_average", "band_power"}, 4},
      {"notch, band pass, common average", {"notch", "bandpass", "common_average"}, 3},
      {"8 x nop", {"nop", "nop", "nop", "nop", "nop", "nop", "nop", "nop"}, 8},
  };
  signal = malloc(sizeof(float) * BLOCKS * BLOCK * CHANNELS);
  for (size_t i = 0; i < BLOCKS * BLOCK * CHANNELS; i++) signal[i] = (float)((i * 2654435761u >> 8) % 2001) * 0.1f - 100;
  for (size_t i = 0; i < sizeof graphs / sizeof *graphs; i++) {
    double group = 1e12, delivery = 1e12, bare = 1e12;
    for (int round = 0; round < ROUNDS; round++) {
      bare = fmin(bare, run_bare(&graphs[i]));
      const cost engine = run_engine(&graphs[i]);
      group = fmin(group, engine.group_ns);
      delivery = fmin(delivery, engine.delivery_ns);
    }
    printf("{\"name\":\"engine: %s\",\"stages\":%u,\"group_ns_per_block\":%.1f,\"bare_ns_per_block\":%.1f,\"overhead\":%.4f,"
           "\"overhead_ns_per_stage\":%.1f,\"delivery_ns_per_block\":%.1f}\n",
           graphs[i].name, graphs[i].count, group, bare, group / bare - 1, (group - bare) / graphs[i].count, delivery);
  }
  free(signal);
  return 0;
}
