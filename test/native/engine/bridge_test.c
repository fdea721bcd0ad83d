/* SPDX-License-Identifier: Apache-2.0
 *
 * Real plugin processes, called block by block as a group's thread would.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge.h"
#include "check.h"
#include "error.h"
#include "foreign.h"
#include "isolated.h"
#include "node.h"
#include "outlet.h"
#include "plugin-host/jail.h"
#include "test_library.h"
#include "ticks.h"

enum { CHANNELS = 5, STRIDE = 8, FRAMES = 32 };
enum { SETTLED_US = 250000 }; /* processes that take a moment to end have ended by then */

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
  sb_library *library = isolated_open("trial.c", options);
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
  CHECK_EQUAL(sb_foreign_process(t->node->foreign, &t->in_block, &t->out_block, live ? sb_foreign_budget_end(&t->in_block) : 0), SB_OK);
  CHECK_EQUAL(t->out_block.frames, FRAMES);
  return !(t->out_block.flags & SB_BLOCK_LATE);
}

static void close_trial(trial *t) {
  if (!t) return;
  sb_node_destroy(t->node);
  sb_node_destroy(t->source);
  sb_library_close(t->library);
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
    CHECK(strstr(sb_library_log(t->library), "trial registers\n") != NULL);
  }
  close_trial(t);
}

TEST(bridge_changes_parameters_between_blocks_and_carries_events_and_gaps) {
  trial *t = open_trial("");
  if (!t) return;
  if (start(t)) {
    CHECK(run(t, false));
    CHECK_EQUAL(sb_node_change(t->node, "gain", 3), SB_OK);
    sb_node_apply_changes(t->node);
    CHECK(run(t, false));
    CHECK_NEAR(t->out[0], 3 * (FRAMES + 1), 1e-3);
    sb_event mark = {.frame = 7, .duration_s = 0.5f};
    sb_event_set_label(mark.label, "mark");
    t->in_events[0] = mark;
    t->in_block.event_count = 1;
    t->in_block.lost_before = 4;
    t->out_block = t->in_block;
    t->out_block.data = t->out;
    t->out_block.events = t->out_events;
    t->out_block.event_count = 0;
    CHECK_EQUAL(sb_foreign_process(t->node->foreign, &t->in_block, &t->out_block, 0), SB_OK);
    CHECK_EQUAL(t->out_block.event_count, 2);
    CHECK(memcmp(&t->out_events[0], &mark, sizeof mark) == 0);
    CHECK(strcmp(t->out_events[1].label, "lost") == 0);
    CHECK_EQUAL(t->out_block.lost_before, 4);
  }
  close_trial(t);
}

TEST(bridge_says_why_an_instance_cannot_be_made) {
  trial *t = open_trial("");
  if (!t) return;
  sb_node_set_texts(t->node, "name", "refuse", 1);
  CHECK_EQUAL(isolated_activate(t->node, t->source, FRAMES), SB_INVALID);
  CHECK(strstr(sb_last_error(), "name: \"refuse\" is not wanted here; leave it out") != NULL);
  sb_node_set_texts(t->node, "name", "", 1);
  sb_node_set_number(t->node, "then", 9);
  CHECK_EQUAL(isolated_activate(t->node, t->source, FRAMES), SB_INVALID);
  CHECK(strstr(sb_last_error(), "is not UTF-8 text of at most 800 bytes") != NULL);
  close_trial(t);
}

/* What stands in for an output of another shape than its class says, or with less room than its input, would be written
 * where there is no room for it. */
TEST(bridge_takes_no_output_that_is_not_as_its_class_says) {
  static const char *const words[] = {"has room for 1 of 32: leave max_frames as it is", "puts out port 2, and its class says 1", "have no names"};
  for (uint32_t i = 0; i < sizeof words / sizeof *words; i++) {
    trial *t = open_trial("");
    if (!t) return;
    sb_node_set_number(t->node, "then", 10 + i);
    CHECK_EQUAL(isolated_activate(t->node, t->source, FRAMES), SB_INVALID);
    check_that(strstr(sb_last_error(), words[i]) != NULL, __FILE__, __LINE__, "\"%s\" says %s", sb_last_error(), words[i]);
    close_trial(t);
  }
}

/* The box has a plugin's blocks in its own memory too, and how much a plugin may use stands in its own manifest. */
TEST(bridge_shares_only_so_much_memory) {
  trial *t = open_trial("memory_mb=4000");
  if (!t) return;
  sb_node_set_number(t->node, "then", 15);
  CHECK_EQUAL(isolated_activate(t->node, t->source, FRAMES), SB_NO_MEMORY);
  CHECK(strstr(sb_last_error(), "take more than 128 MB") != NULL);
  close_trial(t);
}

/* A recorder writes a zero for each frame that is said to be lost. */
TEST(bridge_lets_no_stage_lose_more_than_its_input_has_lost) {
  trial *t = open_trial("");
  if (!t) return;
  sb_node_set_number(t->node, "then", 13);
  if (start(t)) {
    for (int i = 0; i < 3; i++) {
      CHECK(run(t, false));
      CHECK_EQUAL(t->out_block.lost_before, 0);
    }
    t->in_block.lost_before = 7;
    t->out_block = t->in_block;
    t->out_block.data = t->out;
    t->out_block.events = t->out_events;
    CHECK_EQUAL(sb_foreign_process(t->node->foreign, &t->in_block, &t->out_block, 0), SB_OK);
    CHECK_EQUAL(t->out_block.lost_before, 7);
  }
  close_trial(t);
}

/* `then` happens after some blocks. What comes out from there on is the late policy's, until a successor goes on. */
static void fall(const char *what, uint32_t then, int32_t status, const char *words) {
  trial *t = open_trial("");
  if (!t) return;
  sb_node_set_number(t->node, "after", 10);
  sb_node_set_number(t->node, "then", then);
  if (start(t)) {
    for (int i = 0; i < 10; i++) CHECK(run(t, false));
    const float before = t->out[(FRAMES - 1) * STRIDE];
    CHECK(!run(t, true));
    CHECK_EQUAL(t->out_block.flags & (SB_BLOCK_LATE | SB_BLOCK_DRY), SB_BLOCK_LATE | SB_BLOCK_DRY);
    CHECK(memcmp(t->out, t->in, sizeof t->in) == 0);
    if (status == SB_LATE)
      for (int64_t until = sb_clock_now_ns() + 1300000000; sb_clock_now_ns() < until; usleep(20000)) CHECK(!run(t, true));
    check_that(isolated_watch_until(t->node, status) == status, __FILE__, __LINE__, "%s is noticed", what);
    check_that(strstr(sb_last_error(), words) != NULL, __FILE__, __LINE__, "%s: \"%s\" says %s", what, sb_last_error(), words);
    CHECK(!run(t, true));

    CHECK_EQUAL(sb_node_restart(t->node), SB_OK);
    CHECK_EQUAL(sb_node_watch(t->node), SB_AGAIN);
    CHECK_EQUAL(isolated_watch_until(t->node, SB_OK), SB_OK);
    CHECK(run(t, false));
    /* It goes on from the sum that was saved last, which is that of some block before. */
    CHECK(t->out[0] >= 1 && t->out[0] <= before + 1 && fmodf(t->out[0], FRAMES) == 1);
    double stats[SB_NODE_STATS];
    sb_node_stats(t->node, stats);
    CHECK_EQUAL(stats[SB_NODE_CRASHES], 1);
    CHECK_EQUAL(stats[SB_NODE_RESTARTS], 1);
    CHECK(stats[SB_NODE_MEMORY_BYTES] > 1e5 && (stats[SB_NODE_MEMORY_BYTES] < 6e6 || getenv("STAGEBOX_EMULATOR")));
    CHECK(stats[SB_NODE_CPU_NS] > 0);
  }
  close_trial(t);
}

TEST(bridge_outlives_a_crash) { fall("a crash", 1, SB_CRASHED, "trial: killed by SIGSEGV"); }
TEST(bridge_outlives_a_hang) { fall("a hang", 2, SB_LATE, "trial: hangs"); }
TEST(bridge_outlives_a_leak) { fall("a leak", 7, SB_CRASHED, "used more than 64 MB"); }
TEST(bridge_outlives_an_exit) { fall("an exit", 3, SB_CRASHED, "exited with 0 though nobody asked"); }
TEST(bridge_outlives_a_kill) { fall("a kill", 5, SB_CRASHED, "killed by SIGKILL"); }

static const sb_process *process_of(const trial *t) { return ((sb_bridge *)t->node->foreign)->now->process; }

TEST(bridge_ends_before_the_box_when_memory_runs_out) {
  trial *t = open_trial("");
  if (!t) return;
  if (start(t)) {
    char path[64], text[16] = "";
    snprintf(path, sizeof path, "/proc/%d/oom_score_adj", process_of(t)->pid);
    FILE *file = fopen(path, "r");
    CHECK(file && fgets(text, sizeof text, file));
    if (file) fclose(file);
    CHECK_EQUAL(atoi(text), 1000);
  }
  close_trial(t);
}

/* With a core of its own at real-time priority it would keep everybody else from that core. */
TEST(bridge_takes_real_time_priority_from_a_plugin_that_hardly_rests) {
  trial *t = open_trial("");
  if (!t) return;
  sb_node_set_number(t->node, "after", 2);
  sb_node_set_number(t->node, "then", 2);
  if (start(t)) {
    CHECK(run(t, false));
    CHECK_EQUAL(sb_node_watch(t->node), SB_OK);
    sb_process_follow_priority((sb_process *)process_of(t), 2);
    const pid_t pid = process_of(t)->pid;
    if ((sched_getscheduler(pid) & ~SCHED_RESET_ON_FORK) != SCHED_FIFO) check_skip("may not have real-time priority");
    else {
      CHECK_EQUAL(sb_node_watch(t->node), SB_OK);
      CHECK_EQUAL(sched_getscheduler(pid) & ~SCHED_RESET_ON_FORK, SCHED_FIFO);
      run(t, true), run(t, true);
      usleep(300000);
      CHECK_EQUAL(sb_node_watch(t->node), SB_OK);
      CHECK_EQUAL(sched_getscheduler(pid) & ~SCHED_RESET_ON_FORK, SCHED_OTHER);
    }
  }
  close_trial(t);
}

/* Two processes with nothing but the little time that real-time priority leaves others cannot be ended by those others. */
TEST(bridge_takes_real_time_priority_from_a_plugin_that_is_late) {
  trial *t = open_trial("");
  if (!t) return;
  sb_node_set_number(t->node, "after", 1);
  sb_node_set_number(t->node, "then", 2);
  if (start(t)) {
    CHECK(run(t, false));
    const pid_t pid = process_of(t)->pid;
    sb_process_follow_priority((sb_process *)process_of(t), 2);
    if ((sched_getscheduler(pid) & ~SCHED_RESET_ON_FORK) != SCHED_FIFO) check_skip("may not have real-time priority");
    ((sb_bridge *)t->node->foreign)->now->is_realtime = true;
    CHECK(!run(t, true));
    CHECK_EQUAL(sched_getscheduler(pid) & ~SCHED_RESET_ON_FORK, SCHED_OTHER);
  }
  close_trial(t);
}

/* The kernel bounds each file alone. Without Landlock it has a user of its own, who does not get to this one. */
TEST(bridge_ends_a_plugin_that_fills_its_data_folder) {
  char options[600], command[600];
  const char *folder = test_path("full");
  if (!jail_has_landlock()) return;
  snprintf(command, sizeof command, "rm -rf '%s' && mkdir '%s'", folder, folder);
  CHECK_EQUAL(system(command), 0);
  snprintf(options, sizeof options, "data=%s\nfile_mb=1\n", folder);
  trial *t = open_trial(options);
  if (!t) return;
  sb_node_set_number(t->node, "after", 1);
  sb_node_set_number(t->node, "then", 14);
  if (start(t)) {
    CHECK(run(t, false));
    CHECK_EQUAL(sb_node_watch(t->node), SB_OK);
    CHECK(run(t, false));
    CHECK_EQUAL(isolated_watch_until(t->node, SB_CRASHED), SB_CRASHED);
    check_that(strstr(sb_last_error(), "has 20 MB in its data folder, and may have 16") != NULL, __FILE__, __LINE__, "%s", sb_last_error());
  }
  close_trial(t);
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  CHECK_EQUAL(system(command), 0);
}

/* The kernel counts what this process held when it started the plugin's as if it were the plugin's. */
TEST(bridge_accuses_no_plugin_of_what_its_starter_holds) {
  enum { BYTES = 128 << 20 };
  void *held = malloc(BYTES);
  if (!CHECK(held)) return;
  memset(held, 1, BYTES);
  fall("a crash", 1, SB_CRASHED, "trial: killed by SIGSEGV");
  free(held);
}

static void register_and(const char *flags, const char *words) {
  const char *path = test_library("trial.c", flags);
  if (!path) return;
  sb_set_plugin_host(SB_PLUGIN_HOST);
  sb_library *library = sb_library_open(path, "");
  int32_t status = SB_AGAIN;
  for (int i = 0; library && i < 8000 && (status = sb_library_poll(library)) == SB_AGAIN; i++) usleep(1000);
  check_that(status < 0 && strstr(sb_last_error(), words), __FILE__, __LINE__, "\"%s\" says %s", sb_last_error(), words);
  CHECK(strstr(sb_library_log(library), "trial registers") != NULL);
  sb_library_close(library);
}

TEST(hosting_says_how_a_library_fell_over_while_it_registered) {
  register_and("-DFALLS=CRASH", "it fell over while it registered: killed by SIGSEGV");
  register_and("-DFALLS=EXIT", "it fell over while it registered: exited with 0 though nobody asked");
  register_and("-DTALKS", "and may have 1048576: register fewer");
  register_and("-DFALLS=HANG", "stagebox_register did not return within 5 s");
}

TEST(bridge_is_not_held_up_by_output_that_nobody_reads) {
  trial *t = open_trial("");
  if (!t) return;
  sb_node_set_number(t->node, "then", 4);
  if (start(t)) {
    for (int i = 0; i < 10; i++) CHECK(run(t, false));
    const char *log = sb_library_log(t->library);
    CHECK(strstr(log, "line 0 of far too many lines\n") != NULL);
    CHECK(strlen(log) <= 70000);
    CHECK(*sb_library_log(t->library) == 0);
  }
  close_trial(t);
}

TEST(bridge_does_not_wait_again_for_a_plugin_that_is_behind_and_takes_it_back_when_it_caught_up) {
  trial *t = open_trial("");
  if (!t) return;
  sb_node_set_number(t->node, "then", 6);
  sb_node_set_number(t->node, "after", 2);
  if (start(t)) {
    CHECK(run(t, false) && run(t, false));
    CHECK(!run(t, true));
    const int64_t before = sb_clock_now_ns();
    CHECK(!run(t, true));
    CHECK(sb_clock_now_ns() - before < 10000000);
    for (int i = 0; i < 30; i++) run(t, true);
    for (int i = 0; i < 100 && !run(t, false); i++) usleep(20000);
    CHECK(!(t->out_block.flags & SB_BLOCK_LATE));
    double stats[SB_NODE_STATS];
    sb_node_stats(t->node, stats);
    CHECK(stats[SB_NODE_LATE] >= 2);
    CHECK_EQUAL(stats[SB_NODE_CRASHES], 0);
  }
  close_trial(t);
}

/* A swap has so much time for the states of all. */
TEST(bridge_is_asked_for_no_state_when_there_is_no_time) {
  trial *t = open_trial("");
  if (!t) return;
  sb_node *heir = sb_node_create(t->library, "trial", 0);
  sb_node_set_number(heir, "gain", 1);
  if (start(t) && CHECK_EQUAL(isolated_activate(heir, t->source, FRAMES), SB_OK)) {
    CHECK(run(t, false));
    sb_node_inherit(heir, t->node, false);
    sb_node *first = t->node;
    t->node = heir;
    CHECK(run(t, false));
    CHECK_NEAR(t->out[0], 1, 1e-3);
    t->node = first;
  }
  sb_node_destroy(heir);
  close_trial(t);
}

TEST(bridge_hands_its_state_to_another_instance) {
  trial *t = open_trial("");
  if (!t) return;
  sb_node *heir = sb_node_create(t->library, "trial", 0);
  sb_node_set_number(heir, "gain", 10);
  if (start(t) && CHECK_EQUAL(isolated_activate(heir, t->source, FRAMES), SB_OK)) {
    for (int i = 0; i < 3; i++) CHECK(run(t, false));
    sb_node_inherit(heir, t->node, true);
    sb_node *first = t->node;
    t->node = heir;
    CHECK(run(t, false));
    CHECK_NEAR(t->out[0], 10 * (3 * FRAMES + 1), 1e-3);
    t->node = first;
  }
  sb_node_destroy(heir);
  close_trial(t);
}

static int open_descriptors(void) {
  int count = 0;
  for (int i = 0; i < 1024; i++) count += fcntl(i, F_GETFD) >= 0;
  return count;
}

/* No process is left and so many descriptors are open; some processes take a moment. */
static bool nothing_is_left_but(int descriptors) {
  siginfo_t info;
  for (int i = 0; i < 3000; i++, usleep(1000))
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1 && errno == ECHILD && open_descriptors() == descriptors) return true;
  return false;
}

TEST(bridge_leaves_no_process_and_no_descriptor_behind) {
  sb_library *library = isolated_open("trial.c", "");
  if (!library) return;
  sb_node *source = open_upstream();
  usleep(SETTLED_US);
  const int before = open_descriptors();
  for (int i = 0; i < 200; i++) {
    sb_node *node = sb_node_create(library, "trial", 0);
    /* At any moment of its making. */
    for (int polls = i % 7; polls > 0 && sb_node_activate(node, source, FRAMES) == SB_AGAIN; polls--) usleep(700);
    if (i % 10 == 0) CHECK(node->active || isolated_activate(node, source, FRAMES) == SB_OK);
    sb_node_destroy(node);
  }
  CHECK(nothing_is_left_but(before));
  sb_node_destroy(source);
  sb_library_close(library);
}

TEST(bridge_is_not_held_up_by_instances_that_do_not_end) {
  enum { INSTANCES = 12 };
  trial *t = open_trial("");
  if (!t) return;
  usleep(SETTLED_US);
  const int before = open_descriptors();
  sb_node *nodes[INSTANCES];
  for (int i = 0; i < INSTANCES; i++) {
    nodes[i] = sb_node_create(t->library, "trial", 0);
    sb_node_set_number(nodes[i], "then", 8);
    CHECK_EQUAL(isolated_activate(nodes[i], t->source, FRAMES), SB_OK);
  }
  const int64_t begin_ns = sb_clock_now_ns();
  for (int i = 0; i < INSTANCES; i++) sb_node_destroy(nodes[i]);
  CHECK(sb_clock_now_ns() - begin_ns < 600000000);
  CHECK(nothing_is_left_but(before));
  close_trial(t);
}

TEST(foreign_stages_of_a_group_share_its_time) {
  enum { STAGES = 5 };
  trial *t = open_trial("");
  if (!t) return;
  sb_node *nodes[STAGES];
  for (int i = 0; i < STAGES; i++) {
    nodes[i] = sb_node_create(t->library, "trial", 0);
    sb_node_set_number(nodes[i], "then", 2);
    CHECK_EQUAL(isolated_activate(nodes[i], t->source, FRAMES), SB_OK);
  }
  if (start(t)) run(t, true);
  const int64_t begin_ns = sb_clock_now_ns(), end_ns = begin_ns + 900000000;
  for (int i = 0; i < STAGES; i++) {
    sb_block out = t->in_block;
    out.data = t->out;
    out.events = t->out_events;
    CHECK_EQUAL(sb_foreign_process(nodes[i]->foreign, &t->in_block, &out, end_ns), SB_OK);
    CHECK(out.flags & SB_BLOCK_LATE);
    if (i == 0) CHECK(sb_clock_now_ns() - begin_ns >= 590000000);
  }
  CHECK(sb_clock_now_ns() < end_ns + 300000000);
  for (int i = 0; i < STAGES; i++) sb_node_destroy(nodes[i]);
  close_trial(t);
}

static bool compile_hostile_host(const char *program, const char *flags) {
  char command[2048];
  snprintf(command, sizeof command, "%s -O1 -D_GNU_SOURCE -w %s -o %s %s/test/plugins/libraries/hostile_host.c", SB_COMPILER, flags, program,
           SB_REPOSITORY);
  return system(command) == 0;
}

TEST(bridge_believes_nothing_of_a_process_that_was_taken_over) {
  const char *program = test_path("hostile_host");
  if (!compile_hostile_host(program, "")) return check_skip("no compiler");
  trial *t = open_trial("");
  if (!t) return;
  sb_set_plugin_host(program);
  uint32_t ran = 0;
  for (int round = 0; round < 60; round++) {
    sb_node_destroy(t->node);
    t->node = sb_node_create(t->library, "trial", 0);
    const int32_t status = isolated_activate(t->node, t->source, FRAMES);
    CHECK(status == SB_OK || (status < 0 && *sb_last_error()));
    if (status != SB_OK) continue;
    ran++;
    for (int i = 0; i < 30; i++) {
      run(t, true);
      for (uint32_t at = 0; at < FRAMES * STRIDE; at++) CHECK(isfinite(t->out[at]));
      sb_node_watch(t->node);
      if (i % 8 == 7) sb_node_restart(t->node);
    }
  }
  CHECK(ran > 0);
  sb_set_plugin_host(SB_PLUGIN_HOST);
  close_trial(t);
}

/* Where the first one's state lies, another's has no room. */
TEST(bridge_takes_no_successor_with_a_state_of_another_size) {
  const char *program = test_path("hostile_host");
  if (!compile_hostile_host(program, "-DSTATE_BYTES=64")) return check_skip("no compiler");
  trial *t = open_trial("");
  if (!t) return;
  sb_node *heir = sb_node_create(t->library, "trial", 0);
  sb_set_plugin_host(program);
  if (start(t) && CHECK_EQUAL(isolated_activate(heir, t->source, FRAMES), SB_OK)) {
    CHECK_EQUAL(isolated_watch_until(t->node, SB_CRASHED), SB_CRASHED);
    for (int larger = 1; larger >= 0; larger--) {
      CHECK(compile_hostile_host(program, larger ? "-DSTATE_BYTES=4000000" : "-DSTATE_BYTES=0"));
      CHECK_EQUAL(sb_node_restart(t->node), SB_OK);
      CHECK_EQUAL(isolated_watch_until(t->node, SB_CRASHED), SB_CRASHED);
      CHECK(strstr(sb_last_error(), "another size") != NULL);
      sb_node_inherit(heir, t->node, true);
      sb_node_inherit(t->node, heir, true);
    }
  }
  sb_set_plugin_host(SB_PLUGIN_HOST);
  sb_node_destroy(heir);
  close_trial(t);
}

static double resident_mb(void) {
  FILE *file = fopen("/proc/self/statm", "r");
  long pages = 0;
  if (file && fscanf(file, "%*s %ld", &pages) != 1) pages = 0;
  if (file) fclose(file);
  return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

/* A new build is opened beside the old, its instance goes on where the old one stood, and the old one is closed. */
TEST(bridge_reloads_a_library_again_and_again_and_leaves_nothing_behind) {
  enum { WARM_UP = 10, ROUNDS = 60 };
  trial *t = open_trial("");
  if (!t) return;
  double before = 0;
  int descriptors = 0;
  bool runs = start(t);
  for (int round = 0; runs && round < WARM_UP + ROUNDS; round++) {
    if (round == WARM_UP) usleep(SETTLED_US), before = resident_mb(), descriptors = open_descriptors();
    CHECK(run(t, false));
    sb_library *library = isolated_open("trial.c", "");
    sb_node *node = sb_node_create(library, "trial", 0);
    sb_node_set_number(node, "gain", 1);
    runs = CHECK_EQUAL(isolated_activate(node, t->source, FRAMES), SB_OK);
    sb_node_inherit(node, t->node, true);
    sb_node_destroy(t->node);
    sb_library_close(t->library);
    t->library = library;
    t->node = node;
  }
  CHECK(run(t, false));
  /* Who is slow to save its state, on a busy machine, is followed by what was saved a block before. */
  CHECK_NEAR(t->out[0], (WARM_UP + ROUNDS) * FRAMES + 1, 3 * FRAMES);
  usleep(SETTLED_US);
  CHECK_EQUAL(open_descriptors(), descriptors);
#ifdef __SANITIZE_ADDRESS__
  before = INFINITY; /* it keeps what was freed */
#endif
  if (!getenv("STAGEBOX_EMULATOR")) CHECK(resident_mb() - before < 5); /* an emulator keeps what it translated */
  close_trial(t);
}

TEST(bridge_reads_a_source_in_another_process_to_its_end) {
  sb_library *library = isolated_open("trial.c", "");
  if (!library) return;
  sb_node *node = sb_node_create(library, "steps", 1);
  sb_node_set_number(node, "last", 320);
  if (CHECK_EQUAL(isolated_activate(node, NULL, FRAMES), SB_OK)) {
    CHECK_EQUAL(node->format.channels, 3);
    CHECK(strcmp(node->format.channel_names[2], "c") == 0);
    float data[FRAMES * STRIDE];
    sb_event events[SB_BLOCK_MAX_EVENTS];
    uint32_t frames = 0, wrong = 0, marks = 0;
    sb_status status = SB_OK;
    for (int tries = 0; status != SB_END && tries < 4000; tries++) {
      sb_block block = {.frames = 7 + tries % 26, .channels = 3, .values = 1, .stride = STRIDE, .data = data, .events = events};
      status = sb_foreign_read(node->foreign, &block);
      if (status != SB_OK) continue;
      for (uint32_t i = 0; i < block.frames; i++) wrong += data[i * STRIDE] != (float)(frames + i) || data[i * STRIDE + 2] != (float)(frames + i);
      for (uint32_t i = 0; i < block.event_count; i++) wrong += (frames + (uint32_t)events[i].frame) % FRAMES != FRAMES - 1;
      marks += block.event_count;
      frames += block.frames;
    }
    CHECK_EQUAL(status, SB_END);
    CHECK_EQUAL(frames, 320);
    CHECK_EQUAL(wrong, 0);
    CHECK_EQUAL(marks, 10);
  }
  sb_node_destroy(node);
  sb_library_close(library);
}

TEST(bridge_lets_no_source_lose_more_than_there_was_time_for) {
  sb_library *library = isolated_open("trial.c", "");
  if (!library) return;
  sb_node *source = sb_node_create(library, "liar", 1);
  sb_node_set_number(source, "last", 1e6);
  if (CHECK_EQUAL(isolated_activate(source, NULL, FRAMES), SB_OK)) {
    const int64_t begin_ns = sb_clock_now_ns();
    sb_session *session = sb_session_create(source, FRAMES, 1, 0);
    sb_tap *tap = sb_tap_create(source, 4);
    sb_plan *plan = sb_plan_create();
    sb_plan_add_tap(plan, tap, source);
    CHECK_EQUAL(sb_session_swap(session, plan, 0), SB_OK);
    CHECK_EQUAL(sb_session_start(session), SB_OK);
    usleep(200000);
    sb_session_stop(session);
    double stats[SB_SESSION_STATS];
    sb_session_stats(session, stats);
    CHECK(stats[SB_SESSION_BLOCKS] > 0);
    /* Two seconds are allowed beyond, and as much again since the first block counts as long past. */
    check_that(stats[SB_SESSION_LOST_FRAMES] <= 4500 + 1.1e-6 * (double)(sb_clock_now_ns() - begin_ns), __FILE__, __LINE__, "%g frames lost",
               stats[SB_SESSION_LOST_FRAMES]);
    const double at = sb_tap_peek(tap);
    if (CHECK(at >= 0)) {
      sb_block block;
      sb_packet_view((sb_packet *)(void *)((uint8_t *)sb_tap_memory(tap) + (size_t)at), &block);
      CHECK_EQUAL(block.flags & 0xff00u, 0);
      CHECK(block.event_count > 0 && isfinite(block.events[0].duration_s));
    }
    sb_session_destroy(session);
    sb_tap_destroy(tap);
  }
  sb_node_destroy(source);
  sb_library_close(library);
}

/* The same library in this process, to compare with. */
static const sb_stage_class *stage_here;
static sb_status keep_stage(const sb_registrar *registrar, const sb_stage_class *stage) { return (void)registrar, stage_here = stage, SB_OK; }
static sb_status pass_source(const sb_registrar *registrar, const sb_source_class *source) { return (void)registrar, (void)source, SB_OK; }

TEST(bridge_puts_out_bit_for_bit_what_the_library_does_in_this_process) {
  enum { MANY = 64, BLOCKS = 300 };
  sb_library *library = isolated_open("trial.c", "");
  if (!library) return;
  void *here = dlopen(test_library("trial.c", ""), RTLD_NOW | RTLD_LOCAL);
  sb_status (*enroll)(const sb_host *, const sb_registrar *) = (sb_status(*)(const sb_host *, const sb_registrar *))dlsym(here, "stagebox_register");
  CHECK_EQUAL(enroll(&sb_engine_host, &(sb_registrar){.size = sizeof(sb_registrar), .add_stage = keep_stage, .add_source = pass_source}), SB_OK);

  char names[MANY * 4], *end = names;
  for (int i = 0; i < MANY; i++) end += sprintf(end, "%d", i) + 1;
  sb_node *source = sb_node_create(NULL, "replay", 1), *node = sb_node_create(library, "trial", 0);
  CHECK_EQUAL(sb_feed_open(source, 1000, MANY, names, "uV", FRAMES), SB_OK);
  CHECK_EQUAL(sb_node_activate(source, NULL, FRAMES), SB_OK);
  sb_node_set_number(node, "gain", 0.1);
  void *self;
  CHECK_EQUAL(stage_here->create(&sb_engine_host, node->values, &self), SB_OK);
  sb_format out = source->format;
  CHECK_EQUAL(stage_here->activate(self, &sb_engine_host, &source->format, &out), SB_OK);

  float *in = aligned_alloc(64, 3 * sizeof(float) * MANY * FRAMES), *there_out = in + MANY * FRAMES, *here_out = there_out + MANY * FRAMES;
  sb_event events[SB_BLOCK_MAX_EVENTS];
  uint32_t different = 0, late = 0;
  const bool runs = CHECK_EQUAL(isolated_activate(node, source, FRAMES), SB_OK);
  for (uint32_t block = 0, seed = 1; runs && block < BLOCKS; block++) {
    for (int i = 0; i < MANY * FRAMES; i++) in[i] = (float)(int32_t)(seed = seed * 1664525u + 1013904223u) * 1e-7f;
    const sb_block from = {.size = sizeof from, .rate_hz = 1000, .frames = FRAMES, .channels = MANY, .values = 1, .stride = MANY, .data = in, .events = events};
    sb_block to = from;
    to.data = here_out;
    CHECK_EQUAL(stage_here->process(self, &from, &to), SB_OK);
    to = from;
    to.data = there_out;
    CHECK_EQUAL(sb_foreign_process(node->foreign, &from, &to, 0), SB_OK);
    late += (to.flags & SB_BLOCK_LATE) != 0;
    different += memcmp(here_out, there_out, sizeof(float) * MANY * FRAMES) != 0;
  }
  CHECK_EQUAL(late, 0);
  CHECK_EQUAL(different, 0);
  free(in);
  stage_here->destroy(self);
  dlclose(here);
  sb_node_destroy(node);
  sb_node_destroy(source);
  sb_library_close(library);
}

typedef struct live {
  uint64_t frames, lost, late, late_runs, own_after_late;
  bool was_late;
} live;

static void drain_live(sb_tap *tap, live *l) {
  for (double at; (at = sb_tap_peek(tap)) >= 0; sb_tap_release(tap)) {
    const sb_packet *packet = (const sb_packet *)(const void *)((const uint8_t *)sb_tap_memory(tap) + (size_t)at);
    const bool is_late = packet->flags & SB_BLOCK_LATE;
    CHECK_EQUAL(packet->first_frame, l->frames);
    l->frames += packet->frames;
    l->lost += packet->lost_before;
    l->late += is_late;
    l->late_runs += is_late && !l->was_late;
    l->own_after_late += !is_late && l->late_runs > 0;
    l->was_late = is_late;
  }
}

TEST(bridge_in_a_live_session_costs_its_own_output_and_no_frame) {
  sb_library *library = isolated_open("trial.c", "late=hold\n");
  if (!library) return;
  sb_node *source = sb_node_create(NULL, "synthetic", 1), *node = sb_node_create(library, "trial", 0);
  sb_node_set_number(source, "channels", 64), sb_node_set_number(source, "rate_hz", 1000);
  CHECK_EQUAL(sb_node_activate(source, NULL, FRAMES), SB_OK);
  sb_node_set_number(node, "after", 15), sb_node_set_number(node, "then", 1), sb_node_set_number(node, "gain", 1);
  if (CHECK_EQUAL(isolated_activate(node, source, FRAMES), SB_OK)) {
    sb_session *session = sb_session_create(source, FRAMES, 1, 0);
    sb_session_end_after(session, 2000);
    sb_tap *tap = sb_tap_create(node, 4), *beside = sb_tap_create(source, 4);
    sb_plan *plan = sb_plan_create();
    sb_plan_add_node(plan, node, source, "main", -1);
    sb_plan_add_tap(plan, tap, node), sb_plan_add_tap(plan, beside, source);
    CHECK_EQUAL(sb_session_swap(session, plan, 0), SB_OK);
    CHECK_EQUAL(sb_session_start(session), SB_OK);
    live own = {0}, others = {0};
    uint32_t falls = 0;
    while (!sb_session_has_ended(session)) {
      const int32_t status = sb_node_watch(node);
      falls += status == SB_CRASHED;
      if (status == SB_CRASHED) CHECK_EQUAL(sb_node_restart(node), SB_OK);
      drain_live(tap, &own), drain_live(beside, &others);
      usleep(20000);
    }
    drain_live(tap, &own), drain_live(beside, &others);
    CHECK(falls >= 1);
    CHECK_EQUAL(own.frames, 2000);
    CHECK_EQUAL(own.lost, 0);
    CHECK(own.late > 0 && own.late_runs >= falls && own.own_after_late > 0);
    CHECK_EQUAL(others.frames, 2000);
    CHECK_EQUAL(others.lost + others.late, 0);
    sb_session_destroy(session);
    sb_tap_destroy(tap), sb_tap_destroy(beside);
  }
  sb_node_destroy(node);
  sb_node_destroy(source);
  sb_library_close(library);
}

/* Thirty milliseconds for each block: nobody waits until all that lie in the ring are done. */
TEST(bridge_of_a_slow_plugin_does_not_hold_up_the_end_of_a_session_off_line) {
  enum { SLOW_NS = 30000000, PATIENCE_BLOCKS = 10 };
  trial *t = open_trial("");
  if (!t) return;
  sb_node *source = sb_node_create(NULL, "synthetic", 1);
  sb_node_set_number(source, "channels", CHANNELS), sb_node_set_number(source, "rate_hz", 1000);
  CHECK_EQUAL(sb_node_activate(source, NULL, FRAMES), SB_OK);
  sb_node_set_number(t->node, "then", 6);
  if (CHECK_EQUAL(isolated_activate(t->node, source, FRAMES), SB_OK)) {
    sb_session *session = sb_session_create(source, FRAMES, 0, 1);
    sb_tap *tap = sb_tap_create(t->node, 4);
    sb_plan *plan = sb_plan_create();
    sb_plan_add_node(plan, t->node, source, "main", -1), sb_plan_add_tap(plan, tap, t->node);
    CHECK_EQUAL(sb_session_swap(session, plan, 0), SB_OK);
    const int64_t begin_ns = sb_clock_now_ns();
    CHECK_EQUAL(sb_session_start(session), SB_OK);
    usleep(2 * SLOW_NS / 1000);
    const double most = (double)(sb_clock_now_ns() - begin_ns) / SLOW_NS + PATIENCE_BLOCKS;
    sb_session_destroy(session);
    double stats[SB_NODE_STATS];
    sb_node_stats(t->node, stats);
    check_that(stats[SB_NODE_BLOCKS] <= most, __FILE__, __LINE__, "%g blocks, at most %g", stats[SB_NODE_BLOCKS], most);
    sb_tap_destroy(tap);
  }
  sb_node_destroy(source);
  close_trial(t);
}
