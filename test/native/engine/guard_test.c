/* SPDX-License-Identifier: Apache-2.0
 *
 * Instances in this process that fall over or hang, in every way and at every place, and what is left of the graph.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "foreign.h"
#include "node.h"
#include "test_library.h"
#include "ticks.h"

enum { FRAMES = 4, CHANNELS = 8 };

/* ThreadSanitizer holds signals back until the next call of a function that it knows. */
#ifdef __SANITIZE_THREAD__
#define HANG "sleep"
#else
#define HANG "hang"
#endif

static sb_library *faulty(void) {
  static sb_library *library;
  const char *path = library ? NULL : test_library("faulty.cpp", "");
  if (path) library = test_open(path);
  if (path) check_that(library != NULL, __FILE__, __LINE__, "%s", sb_last_error());
  return library;
}

static int choice(sb_library *library, uint32_t param, const char *name) {
  const char *const *choices = sb_library_stage(library, "faulty")->params[param].choices;
  for (int i = 0; choices[i]; i++)
    if (strcmp(choices[i], name) == 0) return i;
  return -1;
}

static const char *const names[CHANNELS] = {"1", "2", "3", "4", "5", "6", "7", "8"};
static const sb_node upstream = {.format = {.size = sizeof(sb_format),
                                            .port = SB_PORT_SIGNAL,
                                            .rate_hz = 1000,
                                            .channels = CHANNELS,
                                            .values = 1,
                                            .max_frames = FRAMES,
                                            .unit = "uV",
                                            .channel_names = names}};

static sb_node *create(const char *fault, const char *place, double at_block) {
  sb_library *library = faulty();
  sb_node *node = library ? sb_node_create(library, "faulty", 0) : NULL;
  if (!node) return NULL;
  sb_node_set_number(node, "fault", choice(library, 0, fault));
  sb_node_set_number(node, "place", choice(library, 1, place));
  sb_node_set_number(node, "at_block", at_block);
  return node;
}

static int32_t activate(sb_node *node) {
  int32_t status;
  while ((status = sb_node_activate(node, &upstream, FRAMES)) == SB_AGAIN) usleep(200);
  return status;
}

static float first_of_block;

/* One block through it; its first number is in first_of_block, its flags are returned. */
static uint32_t process(sb_node *node) {
  float data[2][FRAMES * CHANNELS] = {{7}, {0}};
  sb_event events[SB_BLOCK_MAX_EVENTS];
  const sb_block in = {.size = sizeof in, .rate_hz = 1000, .frames = FRAMES, .channels = CHANNELS, .values = 1, .stride = 8, .data = data[0]};
  sb_block out = in;
  out.data = data[1], out.events = events;
  if (sb_node_has_changes(node)) sb_node_apply_changes(node);
  CHECK_EQUAL(sb_foreign_process(node->foreign, &in, &out, 0), SB_OK);
  first_of_block = data[1][0];
  return out.flags;
}

static int32_t watch_until(sb_node *node, int32_t wanted) {
  int32_t status;
  for (int i = 0; (status = sb_node_watch(node)) != wanted && i < 20000; i++) usleep(500);
  return status;
}

static void *process_once(void *node) { return process(node), NULL; }

/* With its watch on another thread, as it is in a session. */
static int32_t process_watched(sb_node *node) {
  pthread_t thread;
  pthread_create(&thread, NULL, process_once, node);
  int32_t status;
  for (int i = 0; (status = sb_node_watch(node)) == SB_OK && i < 400; i++) usleep(20000);
  pthread_join(thread, NULL);
  return status;
}

TEST(guard_runs_an_instance_that_nothing_is_wrong_with) {
  sb_node *node = create("none", "process", 0);
  if (!node) return;
  CHECK_EQUAL(activate(node), SB_OK);
  CHECK_EQUAL(process(node), 0);
  CHECK_EQUAL(first_of_block, 1);
  sb_node_change(node, "live", 10);
  CHECK_EQUAL(process(node), 0);
  CHECK_EQUAL(first_of_block, 12);
  CHECK_EQUAL(sb_node_watch(node), SB_OK);
  CHECK_EQUAL(sb_node_restart(node), SB_WRONG_STATE);
  sb_node_destroy(node);
}

TEST(guard_passes_on_why_an_instance_cannot_be_made) {
  sb_node *node = create("none", "process", 0);
  if (!node) return;
  sb_node_set_number(node, "live", 13);
  CHECK_EQUAL(activate(node), SB_INVALID);
  CHECK(strcmp(sb_last_error(), "live: 13 is not wanted") == 0);
  sb_node_set_number(node, "live", 0);
  CHECK_EQUAL(activate(node), SB_OK);
  sb_node_destroy(node);
}

static void falls_over(const char *fault, const char *words) {
  sb_node *node = create(fault, "process", 3);
  if (!node) return;
  CHECK_EQUAL(activate(node), SB_OK);
  CHECK_EQUAL(process(node), 0);
  CHECK_EQUAL(process(node), 0);
  CHECK_EQUAL(process(node), SB_BLOCK_LATE | SB_BLOCK_DRY);
  CHECK_EQUAL(first_of_block, 7); /* the input */
  CHECK_EQUAL(process(node), SB_BLOCK_LATE | SB_BLOCK_DRY);
  CHECK_EQUAL(sb_node_watch(node), SB_CRASHED);
  check_that(strstr(sb_last_error(), words) != NULL, __FILE__, __LINE__, "%s: \"%s\", not \"%s\"", fault, sb_last_error(), words);
  sb_node_restart(node);
  CHECK_EQUAL(watch_until(node, SB_OK), SB_OK);
  CHECK_EQUAL(process(node), 0);
  CHECK_EQUAL(first_of_block, 1); /* too young to have been saved */
  sb_node_destroy(node);
}

TEST(guard_survives_every_fault) {
  falls_over("segv", "faulty: SIGSEGV at address 0x10 in process, block 3");
  falls_over("fpe", "faulty: SIGFPE at address ");
  falls_over("ill", "faulty: SIGILL at address ");
  falls_over("bus", "faulty: SIGBUS at address ");
  falls_over("abort", "faulty: SIGABRT (abort, or a C++ exception that nobody caught) in process, block 3");
  falls_over("throw", "faulty: SIGABRT (abort, or a C++ exception that nobody caught) in process, block 3");
}

TEST(guard_survives_a_stack_that_is_too_short) {
  sb_node *node = create("stack", "process", 1);
  if (!node) return;
  CHECK_EQUAL(activate(node), SB_OK);
  CHECK_EQUAL(process_watched(node), SB_CRASHED);
  CHECK(strstr(sb_last_error(), " (out of stack) in process, block 1") != NULL);
  sb_node_destroy(node);
}

static void hangs(const char *fault) {
  sb_node *node = create(fault, "process", 1);
  if (!node) return;
  CHECK_EQUAL(activate(node), SB_OK);
  CHECK_EQUAL(process_watched(node), SB_LATE);
  CHECK(strcmp(sb_last_error(), "faulty: did not return, and was ended in process, block 1") == 0);
  sb_node_restart(node);
  CHECK_EQUAL(watch_until(node, SB_OK), SB_OK);
  double stats[SB_NODE_STATS];
  sb_node_stats(node, stats);
  CHECK_EQUAL(stats[SB_NODE_CRASHES], 1);
  CHECK_EQUAL(stats[SB_NODE_RESTARTS], 1);
  sb_node_destroy(node);
}

TEST(guard_ends_a_call_that_hangs) {
  hangs(HANG);
  hangs("sleep");
}

TEST(guard_survives_an_instance_that_cannot_be_made_or_ended) {
  static const struct {
    const char *fault, *place, *words;
    int32_t status;
  } places[] = {
      {"segv", "create", "faulty: SIGSEGV at address 0x10 in create, block 0", SB_CRASHED},
      {"throw", "activate", "faulty: SIGABRT (abort, or a C++ exception that nobody caught) in activate, block 0", SB_CRASHED},
      {"sleep", "create", "faulty: did not return, and was ended in create, block 0", SB_LATE},
      {"segv", "deactivate", "", SB_OK},
      {"abort", "destroy", "", SB_OK},
      {HANG, "destroy", "", SB_OK},
  };
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    sb_node *node = create(places[i].fault, places[i].place, 0);
    if (!node) return;
    CHECK_EQUAL(activate(node), places[i].status);
    if (places[i].status != SB_OK)
      check_that(strcmp(sb_last_error(), places[i].words) == 0, __FILE__, __LINE__, "\"%s\", not \"%s\"", sb_last_error(), places[i].words);
    else
      process(node);
    sb_library_log(faulty());
    sb_node_destroy(node);
    if (places[i].status == SB_OK) CHECK(strstr(sb_library_log(faulty()), places[i].place) != NULL);
  }
}

TEST(guard_survives_faults_in_what_stands_beside_process) {
  sb_node *node = create("segv", "set", 0);
  if (!node) return;
  CHECK_EQUAL(activate(node), SB_OK);
  sb_node_change(node, "live", 5);
  CHECK_EQUAL(process(node), SB_BLOCK_LATE | SB_BLOCK_DRY);
  CHECK_EQUAL(sb_node_watch(node), SB_CRASHED);
  CHECK(strstr(sb_last_error(), " in set, ") != NULL);
  sb_node_destroy(node);
  node = create("segv", "save", 0);
  CHECK_EQUAL(activate(node), SB_OK);
  uint32_t state;
  CHECK_EQUAL(node->foreign->class_->save(node->foreign, &state, sizeof state), 0);
  CHECK_EQUAL(sb_node_watch(node), SB_CRASHED);
  sb_node_destroy(node);
  node = create(HANG, "load", 0);
  CHECK_EQUAL(activate(node), SB_OK);
  CHECK_EQUAL(node->foreign->class_->load(node->foreign, &state, sizeof state), SB_LATE);
  sb_node_destroy(node);
}

/* 250 ms are 63 blocks: the state of block 63 is there when it falls over in block 100. */
TEST(guard_restarts_an_instance_with_its_last_state_and_parameters) {
  sb_node *node = create("segv", "process", 100);
  if (!node) return;
  CHECK_EQUAL(activate(node), SB_OK);
  sb_node_change(node, "live", 1000);
  for (int i = 1; i < 100; i++) CHECK_EQUAL(process(node), 0);
  CHECK(process(node) & SB_BLOCK_LATE);
  sb_node_restart(node);
  sb_node_change(node, "live", 2000);
  sb_node_apply_changes(node); /* which finds nobody, yet */
  CHECK_EQUAL(watch_until(node, SB_OK), SB_OK);
  CHECK_EQUAL(process(node), 0);
  CHECK_EQUAL(first_of_block, 63 + 1 + 2000);
  for (int i = 65; i < 100; i++) CHECK_EQUAL(process(node), 0);
  /* It falls over again, with nothing saved since: the state may be the reason, and is left out. */
  CHECK(process(node) & SB_BLOCK_LATE);
  sb_node_restart(node);
  CHECK_EQUAL(watch_until(node, SB_OK), SB_OK);
  CHECK_EQUAL(process(node), 0);
  CHECK_EQUAL(first_of_block, 1 + 2000);
  sb_node_destroy(node);
}

TEST(guard_lets_an_instance_go_that_is_still_being_made) {
  sb_node *node = create("sleep", "activate", 0);
  if (!node) return;
  CHECK_EQUAL(sb_node_activate(node, &upstream, FRAMES), SB_AGAIN);
  sb_node_destroy(node);
  node = create("none", "process", 0);
  CHECK_EQUAL(sb_node_activate(node, &upstream, FRAMES), SB_AGAIN);
  sb_node_destroy(node);
}

TEST(guard_restores_the_rounding_that_a_plugin_changes) {
  sb_node *node = create("round", "process", 1);
  if (!node) return;
  CHECK_EQUAL(activate(node), SB_OK);
  volatile double one = 1, three = 3;
  const double before = one / three;
  CHECK_EQUAL(process(node), 0);
  CHECK(one / three == before);
  sb_node_destroy(node);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static double least_ns(sb_node *node, bool guarded) {
  enum { ROUNDS = 20001 };
  static uint64_t took[ROUNDS];
  float data[2][FRAMES * CHANNELS] = {{0}};
  const sb_block in = {.size = sizeof in, .rate_hz = 1000, .frames = 1, .channels = CHANNELS, .values = 1, .stride = 8, .data = data[0]};
  sb_library *library = faulty();
  void *self = NULL;
  const sb_stage_class *stage = sb_library_stage(library, "faulty");
  stage->create(&library->host, node->values, &self);
  for (int i = 0; i < ROUNDS; i++) {
    sb_block out = in;
    out.data = data[1];
    const uint64_t before = sb_ticks();
    if (guarded)
      node->foreign->class_->process(node->foreign, &in, &out, INT64_MAX);
    else
      stage->process(self, &in, &out);
    took[i] = sb_ticks() - before;
  }
  stage->destroy(self);
  uint64_t best = UINT64_MAX;
  for (int i = 0; i < ROUNDS; i++) best = took[i] < best ? took[i] : best;
  return (double)best * sb_tick_ns();
}

TEST(guard_costs_far_less_than_a_microsecond) {
  sb_node *node = create("none", "create", 0);
  if (!node) return;
  CHECK_EQUAL(activate(node), SB_OK);
  const double cost_ns = least_ns(node, true) - least_ns(node, false);
  if (getenv("VERBOSE")) printf("a guarded call costs %.0f ns\n", cost_ns);
  check_that(cost_ns < 500, __FILE__, __LINE__, "a guarded call costs %.0f ns", cost_ns);
  sb_node_destroy(node);
}
#endif
