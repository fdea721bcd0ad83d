/* SPDX-License-Identifier: Apache-2.0
 *
 * What the engine costs: the same stages over the same blocks, once through a session (delivery, ring, program,
 * timing, counters), once called one after the other in a bare loop. Prints a line of JSON for each graph.
 */
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

/* ns per block through the engine, without its waiting: what the source's thread and the group's do for a block that is
 * ready, one after the other in this thread. On two threads the same work overlaps. */
static double run_engine(const graph *g) {
  sb_node *source = open_source(), *nodes[MAX_STAGES];
  open_chain(g, source, nodes);
  sb_session *session = sb_session_create(source, BLOCK, 1, 0);
  sb_plan *plan = sb_plan_create();
  for (uint32_t i = 0; i < g->count; i++) sb_plan_add_node(plan, nodes[i], i ? nodes[i - 1] : source, "main", -1);
  sb_session_swap(session, plan, 0);
  static _Alignas(64) float memory[BLOCK * CHANNELS];
  sb_event events[SB_BLOCK_MAX_EVENTS];
  const int64_t start = sb_now_ns();
  for (uint32_t b = 0; b < BLOCKS; b++) {
    memcpy(memory, signal + (size_t)b * BLOCK * CHANNELS, sizeof memory);
    sb_block block = {.size = sizeof block, .rate_hz = RATE_HZ, .frames = BLOCK, .channels = CHANNELS, .values = 1, .stride = CHANNELS, .data = memory, .events = events,
                      .sequence = b, .first_frame = (uint64_t)b * BLOCK};
    pthread_mutex_lock(&session->delivery);
    sb_program_run(session->source_program, &block, start, &session->run);
    pthread_mutex_unlock(&session->delivery);
    sb_group_step(session->groups[0]);
  }
  const double ns = (double)(sb_now_ns() - start) / BLOCKS;
  sb_session_destroy(session);
  for (uint32_t i = 0; i < g->count; i++) sb_node_destroy(nodes[i]);
  sb_node_destroy(source);
  return ns;
}

/* ns per block in a bare loop: one input block filled, then each stage's process, in place where it may. */
static double run_bare(const graph *g) {
  sb_node *source = open_source(), *nodes[MAX_STAGES];
  open_chain(g, source, nodes);
  static _Alignas(64) float memory[MAX_STAGES + 1][1 << 16];
  sb_event events[SB_BLOCK_MAX_EVENTS];
  const int64_t start = sb_now_ns();
  for (uint32_t b = 0; b < BLOCKS; b++) {
    memcpy(memory[0], signal + (size_t)b * BLOCK * CHANNELS, sizeof(float) * BLOCK * CHANNELS);
    sb_block in = {.size = sizeof in, .rate_hz = RATE_HZ, .frames = BLOCK, .channels = CHANNELS, .values = 1, .stride = CHANNELS, .data = memory[0], .events = events};
    for (uint32_t i = 0; i < g->count && in.frames; i++) {
      const sb_format *format = &nodes[i]->format;
      sb_block out = in;
      out.rate_hz = format->rate_hz, out.channels = format->channels, out.values = format->values;
      out.stride = sb_stride(format->channels, format->values);
      if (!(nodes[i]->stage->flags & SB_STAGE_IN_PLACE)) out.data = memory[i + 1];
      nodes[i]->stage->process(nodes[i]->self, &in, &out);
      in = out;
    }
  }
  const double ns = (double)(sb_now_ns() - start) / BLOCKS;
  for (uint32_t i = 0; i < g->count; i++) sb_node_destroy(nodes[i]);
  sb_node_destroy(source);
  return ns;
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
    double engine = 1e12, bare = 1e12;
    for (int round = 0; round < ROUNDS; round++) {
      const double bare_now = run_bare(&graphs[i]), engine_now = run_engine(&graphs[i]);
      if (bare_now < bare) bare = bare_now;
      if (engine_now < engine) engine = engine_now;
    }
    printf("{\"name\":\"engine: %s\",\"stages\":%u,\"engine_ns_per_block\":%.1f,\"bare_ns_per_block\":%.1f,\"overhead\":%.4f,\"ns_per_stage\":%.1f}\n",
           graphs[i].name, graphs[i].count, engine, bare, engine / bare - 1, (engine - bare) / graphs[i].count);
  }
  free(signal);
  return 0;
}
