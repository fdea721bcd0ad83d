/* SPDX-License-Identifier: Apache-2.0
 *
 * What it costs that a stage lives in a process of its own: the stage nop, called as a group's thread calls it, built in
 * and isolated, beside a pipe round trip of the same bytes. Live, with the sleep of a block between two calls, since that
 * is how a processor is found: caches cold, and the other side asleep. Prints a line of JSON for each shape.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "foreign.h"
#include "hosting.h"
#include "node.h"
#include "sealed_file.h"
#include "ticks.h"

enum { ROUNDS = 2000, PAUSE_US = 1000 };

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void check(int32_t status, const char *what) {
  if (status == SB_OK) return;
  fprintf(stderr, "%s: %s\n", what, sb_last_error());
  exit(1);
}

static sb_library *open_library(const char *path) {
  sb_library *library = calloc(1, sizeof *library);
  const int file = sb_sealed_file_copy(path);
  library->hosting = file < 0 ? NULL : sb_hosting_create(&(sb_hosting_terms){.name = "nop", .options = "", .file = file, .memory_mb = 64, .cpu_percent = 100});
  if (!library->hosting) check(SB_IO, path);
  int32_t status;
  while ((status = sb_hosting_poll(library->hosting, &library->classes)) == SB_AGAIN) usleep(1000);
  check(status, path);
  return library;
}

static sb_node *open_source(uint32_t channels, uint32_t frames) {
  char names[64 * 4], *end = names;
  for (uint32_t i = 0; i < channels; i++) end += sprintf(end, "%u", i) + 1;
  sb_node *source = sb_node_create(NULL, "replay", 1);
  check(sb_feed_open(source, 1000, channels, names, "uV", frames), "replay");
  check(sb_node_activate(source, NULL, frames), "replay");
  return source;
}

static sb_node *open_nop(sb_library *library, sb_node *source, uint32_t frames) {
  sb_node *node = sb_node_create(library, "nop", 0);
  int32_t status;
  while ((status = sb_node_activate(node, source, frames)) == SB_AGAIN) usleep(1000);
  check(status, "nop");
  return node;
}

typedef struct times {
  double p50_us, p99_us;
  uint32_t late;
} times;

static times measure(sb_node *node, uint32_t channels, uint32_t frames, uint32_t pause_us) {
  static double us[ROUNDS];
  times t = {0};
  const size_t floats = (size_t)channels * frames;
  float *in = aligned_alloc(64, 2 * floats * sizeof *in);
  for (size_t i = 0; i < 2 * floats; i++) in[i] = (float)(i % 1000);
  sb_event events[2][SB_BLOCK_MAX_EVENTS];
  for (uint32_t round = 0; round < ROUNDS; round++) {
    const sb_block from = {.size = sizeof from, .rate_hz = 1000, .sequence = round, .frames = frames, .channels = channels, .values = 1, .stride = channels, .data = in, .events = events[0]};
    sb_block to = from;
    to.data = in + floats;
    to.events = events[1];
    if (pause_us) usleep(pause_us);
    if (round % 100 == 0) sb_node_watch(node); /* under chrt -f 40 this passes the priority on */
    const uint64_t before = sb_ticks();
    if (node->foreign)
      sb_foreign_process(node->foreign, &from, &to, sb_foreign_budget_end(&from));
    else
      node->stage->process(node->self, &from, &to);
    us[round] = (double)(sb_ticks() - before) * sb_tick_ns() * 1e-3;
    t.late += (to.flags & SB_BLOCK_LATE) != 0;
  }
  free(in);
  qsort(us, ROUNDS, sizeof *us, ascending);
  t.p50_us = us[ROUNDS / 2];
  t.p99_us = us[ROUNDS * 99 / 100];
  return t;
}

static void compare(sb_library *library, uint32_t channels, uint32_t frames, uint32_t pause_us) {
  sb_node *source = open_source(channels, frames), *builtin = open_nop(NULL, source, frames), *isolated = open_nop(library, source, frames);
  const times direct = measure(builtin, channels, frames, pause_us), there = measure(isolated, channels, frames, pause_us);
  double pipe[SB_YARDSTICK_STATS], stats[SB_NODE_STATS];
  check(sb_yardstick_pipe(channels * frames * (uint32_t)sizeof(float), ROUNDS, pipe), "pipe");
  sb_node_stats(isolated, stats);
  printf("{\"name\":\"plugin: nop %u x %u\",\"pause_us\":%u,\"builtin_p50_us\":%.2f,\"builtin_p99_us\":%.2f,\"isolated_p50_us\":%.2f,\"isolated_p99_us\":%.2f,", channels,
         frames, pause_us, direct.p50_us, direct.p99_us, there.p50_us, there.p99_us);
  printf("\"pipe_p50_us\":%.2f,\"pipe_p99_us\":%.2f,\"late\":%u,\"resident_mb\":%.2f}\n", pipe[SB_YARDSTICK_P50_NS] * 1e-3, pipe[SB_YARDSTICK_P99_NS] * 1e-3, there.late,
         stats[SB_NODE_MEMORY_BYTES] / 1048576);
  sb_node_destroy(isolated), sb_node_destroy(builtin), sb_node_destroy(source);
}

/* Beside this program's folder lie the plugin host and the library. */
int main(int count, char **arguments) {
  char folder[4000], host[4096], plugin[4096];
  snprintf(folder, sizeof folder, "%s", arguments[0]);
  for (int up = 0; up < 2; up++) *(strrchr(folder, '/') ? strrchr(folder, '/') : folder) = 0;
  snprintf(host, sizeof host, "%s/stagebox-plugin-host", folder);
  snprintf(plugin, sizeof plugin, "%s/libnop_plugin.so", folder);
  sb_set_plugin_host(host);
  sb_library *library = open_library(count > 1 ? arguments[1] : plugin);
  for (int paused = 1; paused >= 0; paused--) {
    compare(library, 8, 32, paused ? PAUSE_US : 0);
    compare(library, 64, 256, paused ? PAUSE_US : 0);
  }
  sb_hosting_destroy(library->hosting);
  free(library);
  return 0;
}
