/* SPDX-License-Identifier: Apache-2.0
 *
 * How long a live block takes from the moment it is ready to the end of its last stage, at a 4 ms cadence, alone and
 * beside a busy thread on every core; in the same run a bare futex between two threads at the same cadence and priority.
 * Run as root, or SCHED_FIFO is refused. Prints JSON.
 */
#include <math.h>
#include <stagebox/stagebox.h>
#include <stagebox_engine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "futex.h"
#include "histogram.h"
#include "node.h"
#include "realtime.h"
#include "ticks.h"

enum { CHANNELS = 8, FRAMES = 32, BLOCKS = 750, PERIOD_NS = 4000000, LOAD_BYTES = 1 << 22, MOST_CORES = 64 };
static const double RATE_HZ = 8000;

typedef struct lateness {
  double wake_p50_us, wake_p99_us, p50_us, p99_us, max_us; /* of the source's thread; of what follows it */
} lateness;

static lateness summary(const sb_histogram *wake, const sb_histogram *follow) {
  return (lateness){sb_histogram_quantile(wake, 0.5) * 1e-3, sb_histogram_quantile(wake, 0.99) * 1e-3, sb_histogram_quantile(follow, 0.5) * 1e-3,
                    sb_histogram_quantile(follow, 0.99) * 1e-3, (double)follow->maximum * 1e-3};
}

/* ---- a bare futex ---- */

typedef struct ping {
  sb_bell bell;
  _Atomic int64_t sent_ns;
  sb_histogram latency_ns;
} ping;

static void *receive(void *argument) {
  ping *p = argument;
  sb_realtime_enter("receiver", -1, SB_PRIORITY_GROUP);
  for (uint32_t seen = 0; seen < BLOCKS; seen++) {
    while (sb_bell_count(&p->bell) <= seen) sb_bell_wait(&p->bell, seen, 1000000000);
    sb_histogram_add(&p->latency_ns, (uint64_t)(sb_clock_now_ns() - atomic_load(&p->sent_ns)));
  }
  return NULL;
}

static void *send_all(void *argument) {
  ping *p = argument;
  static sb_histogram wake_ns;
  memset(&wake_ns, 0, sizeof wake_ns);
  sb_realtime_enter("sender", -1, SB_PRIORITY_SOURCE);
  const int64_t start_ns = sb_clock_now_ns();
  for (int64_t i = 1; i <= BLOCKS; i++) {
    const int64_t at = start_ns + i * PERIOD_NS;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &(struct timespec){at / 1000000000, at % 1000000000}, NULL);
    const int64_t now = sb_clock_now_ns();
    sb_histogram_add(&wake_ns, (uint64_t)(now - at));
    atomic_store(&p->sent_ns, now);
    sb_bell_ring(&p->bell);
  }
  return &wake_ns;
}

static lateness run_futex(void) {
  static ping p;
  memset(&p, 0, sizeof p);
  pthread_t receiver, sender;
  pthread_create(&receiver, NULL, receive, &p);
  pthread_create(&sender, NULL, send_all, &p);
  void *wake_ns;
  pthread_join(sender, &wake_ns);
  pthread_join(receiver, NULL);
  return summary(wake_ns, &p.latency_ns);
}

/* ---- a session ---- */

/* The last stage notes when each source block reached it. */
static int64_t done_ns[BLOCKS + 1];

static sb_status note(void *self, const sb_block *in, sb_block *out) {
  (void)self, (void)out;
  if (in->sequence <= BLOCKS) done_ns[in->sequence] = sb_clock_now_ns();
  return SB_OK;
}

static const sb_stage_class note_class = {.size = sizeof(sb_stage_class), .flags = SB_STAGE_IN_PLACE, .type = "note", .process = note};

static sb_node *open_stage(const char *type, sb_node *upstream) {
  sb_node *node = sb_node_create(NULL, type, 0);
  if (strcmp(type, "notch") == 0) {
    sb_node_set_number(node, "freq_hz", 50), sb_node_set_number(node, "q", 30), sb_node_set_number(node, "harmonics", 1);
  } else if (strcmp(type, "bandpass") == 0) {
    sb_node_set_number(node, "low_hz", 1), sb_node_set_number(node, "high_hz", 40), sb_node_set_number(node, "order", 4);
    sb_node_set_number(node, "ripple_db", 1);
  }
  if (sb_node_activate(node, upstream, FRAMES) == SB_OK) return node;
  fprintf(stderr, "%s: %s\n", type, sb_last_error());
  exit(1);
}

/* Page faults so far of the threads whose names begin with "sb:". */
static double realtime_faults(void) {
  FILE *tasks = popen("cat /proc/$PPID/task/*/stat", "r");
  char line[1024];
  double faults = 0;
  while (tasks && fgets(line, sizeof line, tasks)) {
    double minor = 0;
    const char *name = strstr(line, "(sb:"), *end = strrchr(line, ')');
    if (name && end && sscanf(end + 2, "%*c %*d %*d %*d %*d %*d %*u %lf", &minor) == 1) faults += minor;
  }
  if (tasks) pclose(tasks);
  return faults;
}

static lateness run_session(double *compute_us, double *faults, double *granted) {
  sb_node *source = sb_node_create(NULL, "replay", 1);
  sb_feed_open(source, RATE_HZ, CHANNELS, "1\0002\0003\0004\0005\0006\0007\0008", "uV", BLOCKS * FRAMES);
  sb_node_activate(source, NULL, FRAMES);
  static float rows[FRAMES * CHANNELS];
  for (int i = 0; i < FRAMES * CHANNELS; i++) rows[i] = (float)(i * 7 % 100);
  for (int i = 0; i < BLOCKS; i++) sb_feed_write(source, rows, FRAMES);
  sb_feed_end(source);
  sb_node *notch = open_stage("notch", source), *band = open_stage("bandpass", notch), *average = open_stage("common_average", band);
  sb_node last = {.stage = &note_class, .active = true, .format = average->format};
  sb_session *session = sb_session_create(source, FRAMES, 1, 0);
  sb_tap *tap = sb_tap_create(&last, 10);
  sb_plan *plan = sb_plan_create();
  sb_plan_add_node(plan, notch, source, "main", -1);
  sb_plan_add_node(plan, band, notch, "main", -1);
  sb_plan_add_node(plan, average, band, "main", -1);
  sb_plan_add_node(plan, &last, average, "main", -1);
  sb_plan_add_tap(plan, tap, &last);
  sb_session_swap(session, plan, 0);
  sb_session_start(session);
  double stats[SB_SESSION_STATS] = {0}, first = NAN;
  while (!sb_session_has_ended(session)) {
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    sb_session_stats(session, stats);
    if (isnan(first) && stats[SB_SESSION_BLOCKS]) first = realtime_faults();
    if (stats[SB_SESSION_BLOCKS] < BLOCKS / 2) *faults = realtime_faults() - first;
  }
  *granted = stats[SB_SESSION_REALTIME];
  static sb_histogram latency_ns;
  memset(&latency_ns, 0, sizeof latency_ns);
  for (double at; (at = sb_tap_peek(tap)) >= 0; sb_tap_release(tap)) {
    const sb_packet *packet = (const sb_packet *)(const void *)((const uint8_t *)sb_tap_memory(tap) + (size_t)at);
    sb_histogram_add(&latency_ns, (uint64_t)(done_ns[packet->block_sequence] - packet->ready_ns));
  }
  double group[SB_GROUP_STATS];
  sb_session_group_stats(session, 0, group);
  *compute_us = group[SB_GROUP_P50_NS] * 1e-3;
  lateness result = summary(&latency_ns, &latency_ns);
  result.wake_p50_us = stats[SB_SESSION_P50_WAKE_NS] * 1e-3, result.wake_p99_us = stats[SB_SESSION_P99_WAKE_NS] * 1e-3;
  sb_session_destroy(session);
  sb_tap_destroy(tap);
  sb_node_destroy(average), sb_node_destroy(band), sb_node_destroy(notch), sb_node_destroy(source);
  return result;
}

/* ---- load ---- */

static _Atomic bool stop_load;

static void *load(void *argument) {
  uint8_t *memory = calloc(2, LOAD_BYTES);
  while (memory && !atomic_load(&stop_load)) memcpy(memory, memory + LOAD_BYTES, LOAD_BYTES);
  free(memory);
  return argument;
}

static void print(const char *name, bool loaded, lateness l, const char *more) {
  printf("{\"name\":\"latency: %s\",\"load\":%s,\"wake_p50_us\":%.1f,\"wake_p99_us\":%.1f,", name, loaded ? "true" : "false", l.wake_p50_us,
         l.wake_p99_us);
  printf("\"ready_to_done_p50_us\":%.1f,\"ready_to_done_p99_us\":%.1f,\"ready_to_done_max_us\":%.1f%s}\n", l.p50_us, l.p99_us, l.max_us, more);
  fflush(stdout);
}

int main(void) {
  for (int loaded = 0; loaded < 2; loaded++) {
    pthread_t threads[MOST_CORES];
    const long cores = sysconf(_SC_NPROCESSORS_ONLN) < MOST_CORES ? sysconf(_SC_NPROCESSORS_ONLN) : MOST_CORES;
    for (long i = 0; loaded && i < cores; i++) pthread_create(&threads[i], NULL, load, NULL);
    print("bare futex", loaded, run_futex(), "");
    double compute_us, faults = 0, granted;
    const lateness session = run_session(&compute_us, &faults, &granted);
    char more[160];
    snprintf(more, sizeof more, ",\"compute_p50_us\":%.2f,\"page_faults\":%.0f,\"fifo\":%s", compute_us, faults,
             granted ? "true" : "false");
    print("session: notch, band pass, common average", loaded, session, more);
    atomic_store(&stop_load, true);
    for (long i = 0; loaded && i < cores; i++) pthread_join(threads[i], NULL);
    atomic_store(&stop_load, false);
  }
  return 0;
}
