/* SPDX-License-Identifier: Apache-2.0
 *
 * Every kind of bad plugin (test/plugins/bad) in a process of its own: what it does costs its own output, and is told in
 * words.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "foreign.h"
#include "isolated.h"
#include "node.h"
#include "test_library.h"

enum { CHANNELS = 64, FRAMES = 32, GOOD = 5, BLOCKS = 60, PAUSE_US = 4000 };

typedef struct kind {
  const char *name, *source;
  const char *told;         /* how it ended, or what stands in its log; NULL: nothing */
  bool is_gone, is_replaced; /* it does not live on; its output is not taken */
} kind;

static const kind kinds[] = {
    {"abort", "abort.c", "killed by SIGABRT", true, true},
    {"allocate", "allocate.c", NULL, false, false},
    {"crash", "crash.c", "killed by SIGSEGV", true, true},
    {"divide", "divide.c", "killed by SIGFPE", true, true},
    {"exception", "exception.cpp", "killed by SIGABRT", true, true},
    {"exit", "exit.c", "exited with 0 though nobody asked", true, true},
    {"file-writer", "file_writer.c", "write", false, false},
    {"fork-bomb", "fork_bomb.c", "processes", false, false},
    {"hang", "hang.c", "hangs", true, true},
    {"lying", "lying.c", NULL, false, true},
    {"nan", "nan.c", NULL, false, true},
    {"overrun", "overrun.c", NULL, false, true},
    {"socket-opener", "socket_opener.c", "network", false, false},
    {"stack", "stack.c", "killed by SIGSEGV", true, true},
    {"wrong-size", "wrong_size.c", NULL, false, true},
};

typedef struct story {
  char words[8192]; /* how it ended, and its log */
  bool is_gone;
  uint32_t own, replaced; /* blocks after the good ones */
} story;

static float *memory;

static bool run(sb_node *node, uint64_t sequence) {
  static sb_event events[2][SB_BLOCK_MAX_EVENTS];
  const sb_block from = {.size = sizeof from, .sequence = sequence, .rate_hz = 1000, .frames = FRAMES, .channels = CHANNELS, .values = 1, .stride = CHANNELS, .data = memory, .events = events[0]};
  sb_block to = from;
  to.data = memory + CHANNELS * FRAMES;
  to.events = events[1];
  CHECK_EQUAL(sb_foreign_process(node->foreign, &from, &to, sb_foreign_budget_end(&from)), SB_OK);
  CHECK_EQUAL(to.frames, FRAMES);
  CHECK(memcmp(from.data, to.data, sizeof(float) * CHANNELS * FRAMES) == 0); /* its good output and the dry one are the input */
  return !(to.flags & SB_BLOCK_LATE);
}

static void tell(story *s, const char *words) {
  strncat(s->words, words, sizeof s->words - strlen(s->words) - 1);
  strncat(s->words, "\n", sizeof s->words - strlen(s->words) - 1);
}

static void follow(sb_library *library, sb_node *source, story *s) {
  sb_node *node = sb_node_create(library, library->classes.stages[0]->type, 0);
  sb_node_set_number(node, "after", GOOD);
  uint32_t good = 0;
  if (CHECK_EQUAL(isolated_activate(node, source, FRAMES), SB_OK)) {
    for (uint32_t block = 0; block < BLOCKS; block++, usleep(PAUSE_US)) {
      const bool is_own = run(node, block);
      good += is_own && block < GOOD;
      if (block >= GOOD) s->own += is_own, s->replaced += !is_own;
    }
    for (int i = 0; !s->is_gone && i < 150; i++, usleep(10000)) {
      const int32_t status = sb_node_watch(node);
      if ((s->is_gone = status == SB_CRASHED || status == SB_LATE)) tell(s, sb_last_error());
      run(node, BLOCKS);
    }
  }
  /* On a machine with much else to do a good block may be late. */
  CHECK(good > 0);
  tell(s, sb_library_log(library));
  sb_node_destroy(node);
}

TEST(bad_plugins_cost_their_own_output_and_are_named) {
  memory = aligned_alloc(64, 2 * sizeof(float) * CHANNELS * FRAMES);
  for (int i = 0; i < CHANNELS * FRAMES; i++) memory[i] = (float)(i % 977);
  char names[CHANNELS * 4], *end = names;
  for (int i = 0; i < CHANNELS; i++) end += sprintf(end, "%d", i) + 1;
  sb_node *source = sb_node_create(NULL, "replay", 1);
  CHECK_EQUAL(sb_feed_open(source, 1000, CHANNELS, names, "uV", FRAMES), SB_OK);
  CHECK_EQUAL(sb_node_activate(source, NULL, FRAMES), SB_OK);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    const kind *k = &kinds[i];
    char path[128];
    snprintf(path, sizeof path, "../bad/%s/src/%s", k->name, k->source);
    sb_library *library = isolated_open(path, "");
    if (!library) continue;
    static story s;
    s = (story){0};
    follow(library, source, &s);
    check_that(s.is_gone == k->is_gone, __FILE__, __LINE__, "%s: %s: %s", k->name, s.is_gone ? "is gone" : "lives", s.words);
    const bool is_told = !k->told || strstr(s.words, k->told);
    /* Nobody sees what it asks of the system where there is no seccomp, as under qemu-user: that is told instead. */
    check_that(is_told || (!k->is_gone && strstr(s.words, "no seccomp")), __FILE__, __LINE__, "%s: \"%s\" says %s", k->name, s.words, k->told);
    check_that(k->is_replaced ? s.own == 0 && s.replaced > 0 : s.own > 0, __FILE__, __LINE__, "%s: %u blocks of its own, %u replaced", k->name, s.own, s.replaced);
    sb_library_close(library);
  }
  sb_node_destroy(source);
  free(memory);
}
