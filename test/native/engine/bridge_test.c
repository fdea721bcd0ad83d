/* SPDX-License-Identifier: Apache-2.0
 *
 * Real plugin processes, called block by block as a group's thread would.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "foreign.h"
#include "hosting.h"
#include "isolated.h"
#include "node.h"
#include "ticks.h"

enum { CHANNELS = 5, STRIDE = 8, FRAMES = 32 };

typedef struct trial {
  sb_library *library;
  sb_node *source, *node;
  float in[FRAMES * STRIDE], out[FRAMES * STRIDE];
  sb_event in_events[SB_BLOCK_MAX_EVENTS], out_events[SB_BLOCK_MAX_EVENTS];
  sb_block in_block, out_block;
  uint64_t sequence;
} trial;

static sb_node *open_upstream(void) {
  sb_node *source = sb_node_create(NULL, "replay", 1);
  CHECK_EQUAL(sb_feed_open(source, 1000, CHANNELS, "a\0b\0c\0d\0e", "uV", FRAMES), SB_OK);
  CHECK_EQUAL(sb_node_activate(source, NULL, FRAMES), SB_OK);
  return source;
}

static trial *open_trial(const char *options) {
  sb_library *library = isolated_open("libraries/trial.c", options);
  if (!library) return NULL;
  trial *t = aligned_alloc(64, (sizeof *t + 63) / 64 * 64);
  memset(t, 0, sizeof *t);
  t->library = library;
  t->source = open_upstream();
  t->node = sb_node_create(library, "trial", 0);
  sb_node_set_number(t->node, "gain", 1);
  return t;
}

static bool start(trial *t) {
  const int32_t status = isolated_activate(t->node, t->source, FRAMES);
  return check_that(status == SB_OK, __FILE__, __LINE__, "it starts: %d %s", status, sb_last_error());
}

/* The next block, of ones; true if the plugin's own output came back. */
static bool run(trial *t, bool live) {
  for (uint32_t i = 0; i < FRAMES * STRIDE; i++) t->in[i] = i % STRIDE < CHANNELS;
  t->in_block = (sb_block){
      .size = sizeof(sb_block),
      .sequence = t->sequence,
      .first_frame = t->sequence * FRAMES,
      .rate_hz = 1000,
      .frames = FRAMES,
      .channels = CHANNELS,
      .values = 1,
      .stride = STRIDE,
      .data = t->in,
      .events = t->in_events,
  };
  t->sequence++;
  t->out_block = t->in_block;
  t->out_block.data = t->out;
  t->out_block.events = t->out_events;
  CHECK_EQUAL(sb_foreign_process(t->node->foreign, &t->in_block, &t->out_block, live), SB_OK);
  CHECK_EQUAL(t->out_block.frames, FRAMES);
  return !(t->out_block.flags & SB_BLOCK_LATE);
}

static void close_trial(trial *t) {
  if (!t) return;
  sb_node_destroy(t->node);
  sb_node_destroy(t->source);
  isolated_close(t->library);
  free(t);
}

TEST(bridge_runs_a_stage_in_another_process) {
  trial *t = open_trial("");
  if (!t) return;
  CHECK_EQUAL(t->library->classes.stage_count, 1);
  CHECK(strcmp(t->library->classes.stages[0]->params[2].choices[1], "crash") == 0);
  const double taps[] = {0.5, 0.25};
  sb_node_set_numbers(t->node, "taps", taps, 2, 1);
  if (start(t)) {
    CHECK(strstr(sb_node_format(t->node), "\"unit\":\"mV\"") != NULL);
    CHECK_NEAR(t->node->latency_s, 0.125, 0);
    for (uint32_t block = 0; block < 100; block++) {
      CHECK(run(t, false));
      CHECK_NEAR(t->out[0], 1.75 * (block * FRAMES + 1), 1e-3);
      CHECK_NEAR(t->out[(FRAMES - 1) * STRIDE + CHANNELS - 1], 1.75 * (block + 1) * FRAMES, 1e-2);
    }
    CHECK(t->out[STRIDE - 1] == 0);
    CHECK_EQUAL(sb_node_watch(t->node), SB_OK);
    CHECK(strstr(sb_hosting_log(t->library->hosting), "trial registers\n") != NULL);
  }
  close_trial(t);
}
