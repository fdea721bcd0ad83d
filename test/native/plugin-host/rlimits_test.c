/* SPDX-License-Identifier: Apache-2.0 */
#include "rlimits.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "jail.h"

/* Emulators and sanitizers have an address space of their own. */
static bool limits_hold(const jail_end *end) {
#if defined(__SANITIZE_ADDRESS__)
  return false;
#endif
  return !strstr(end->report.lacking, "no limit of memory");
}

/* From the system itself: this process may have a heap full of what other tests gave back. */
static int take_memory(void) {
  enum { MEGABYTE = 1 << 20 };
  int taken = 0;
  for (void *block; taken < 200; taken++) {
    block = mmap(NULL, MEGABYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) break;
    memset(block, 1, MEGABYTE);
  }
  return taken;
}

TEST(a_plugin_gets_the_memory_that_it_was_granted_and_no_more) {
  const jail_end small = jail_run("memory_mb=16", false, take_memory);
  const jail_end large = jail_run("memory_mb=100", false, take_memory);
  if (!limits_hold(&small)) return check_skip("no limit of memory here");
  check_that(small.code >= 12 && small.code <= 16, __FILE__, __LINE__, "%d of 16 MB", small.code);
  check_that(large.code >= 90 && large.code <= 100, __FILE__, __LINE__, "%d of 100 MB", large.code);
}

static int open_many(void) {
  int count = 0;
  while (count < 200 && open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) count++;
  return count < 200 && errno != EMFILE ? -errno : count;
}

TEST(a_plugin_opens_as_many_files_as_it_was_granted) {
  CHECK_EQUAL(jail_run("open_files=10", false, open_many).code, 10);
  CHECK_EQUAL(jail_run("", false, open_many).code, 64);
}

static int look_at_limits(void) {
  static const struct {
    int resource;
    rlim_t most;
  } limits[] = {{RLIMIT_CORE, 0}, {RLIMIT_FSIZE, 0}, {RLIMIT_NPROC, 0}, {RLIMIT_RTTIME, SB_UNRESTED_S * 1000000}, {RLIMIT_SIGPENDING, SB_MAX_SIGNALS}};
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    struct rlimit now;
    if (getrlimit(limits[i].resource, &now) != 0 || now.rlim_cur != limits[i].most || now.rlim_max != limits[i].most) return 1 + (int)i;
  }
  return 0;
}

TEST(a_plugin_leaves_no_core_writes_no_file_and_must_rest) { CHECK_EQUAL(jail_run("", false, look_at_limits).code, 0); }

static int child_policy(void) {
  int status;
  const pid_t child = fork();
  if (child == 0) _exit(sched_getscheduler(0));
  if (child < 0 || sched_getscheduler(0) == SCHED_OTHER) return 100;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

/* A priority that the host was given is not handed on to what its plugin starts. */
TEST(what_a_plugin_starts_has_ordinary_priority) {
  struct sched_param before = {0};
  sched_getparam(0, &before);
  const int policy = sched_getscheduler(0);
  if (sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1}) != 0) return check_skip("may not have real-time priority");
  const jail_end end = jail_run("permission=processes\nprocesses=1", false, child_policy);
  sched_setscheduler(0, policy, &before);
  CHECK_EQUAL(end.code, SCHED_OTHER);
}
