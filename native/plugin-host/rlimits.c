/* SPDX-License-Identifier: Apache-2.0 */
#include "rlimits.h"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static const rlim_t MEGABYTE = 1 << 20;

/* What a program that the process becomes reserves to write to, and never does (runtimes/script/enter.c). What it maps
 * only to read counts for nothing there; engine/isolated/process.c watches what it really holds. */
enum { RESERVED_MB = 256 };

/* Sets both limits, never above what holds already. 1: done; 0: the system says so but did not do it (emulators). */
static int limit(__rlimit_resource_t resource, rlim_t most) {
  struct rlimit now, then;
  if (getrlimit(resource, &now) != 0) return -1;
  if (now.rlim_max != RLIM_INFINITY && now.rlim_max < most) most = now.rlim_max;
  if (setrlimit(resource, &(struct rlimit){most, most}) != 0 || getrlimit(resource, &then) != 0) return -1;
  return then.rlim_cur == most && then.rlim_max == most;
}

/* The address space that this process takes before it has opened the library; 0 if it cannot be known. */
static rlim_t own_bytes(void) {
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  if (!file) return 0;
  if (fscanf(file, "%lu", &pages) != 1) pages = 0;
  fclose(file);
  return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* The limit of file numbers below which so many are free. */
static rlim_t files_for(uint32_t wanted) {
  int limit = 0;
  for (uint32_t free = 0; free < wanted; limit++) free += fcntl(limit, F_GETFD) < 0;
  return (rlim_t)limit;
}

/* Real-time priority is for the engine to give, now or later, and it may need RLIMIT_RTPRIO for that; the library
 * cannot ask for any (calls.c), and its threads and processes do not inherit what its main thread may have. */
static void keep_priority(void) {
  struct sched_param param;
  const int policy = sched_getscheduler(0);
  if ((policy == SCHED_FIFO || policy == SCHED_RR) && sched_getparam(0, &param) == 0)
    sched_setscheduler(0, policy | SCHED_RESET_ON_FORK, &param);
}

/* What counts is address space, so that none of it should be reserved only in case: a stack of 8 MB for each thread, a
 * heap of 64 MB. */
static void spare_reserves(void) {
  enum { STACK_BYTES = 1 << 20 };
  pthread_attr_t usual;
  mallopt(M_ARENA_MAX, 1);
  if (pthread_attr_init(&usual) != 0) return;
  if (pthread_attr_setstacksize(&usual, STACK_BYTES) == 0) pthread_setattr_default_np(&usual);
  pthread_attr_destroy(&usual);
}

/* When the machine's memory runs out, it is the plugin that the kernel ends, and not the box. */
static bool go_first(void) {
  const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  const bool done = file >= 0 && write(file, "1000", 4) == 4;
  if (file >= 0) close(file);
  return done;
}

sb_status sb_limit_use(const sb_options *options, sb_sandbox_report *report) {
  const rlim_t base = own_bytes();
  if (base == 0) return sb_report_failure(report, "/proc/self/statm, which says how much memory the host itself takes");
  const bool becomes = options->program != NULL;
  const rlim_t most = options->memory_mb * MEGABYTE;
  const struct {
    const char *name;
    __rlimit_resource_t resource;
    rlim_t most;
  } limits[] = {
      {"memory", becomes ? RLIMIT_DATA : RLIMIT_AS, most + (becomes ? RESERVED_MB * MEGABYTE : base)},
      {"file size", RLIMIT_FSIZE, options->file_mb * MEGABYTE},
      {"open files", RLIMIT_NOFILE, files_for(options->open_files)},
      {"core dumps", RLIMIT_CORE, 0},
      {"time without a rest", RLIMIT_RTTIME, SB_UNRESTED_S * 1000000},
      {"priority", RLIMIT_NICE, 0},
      {"message queues", RLIMIT_MSGQUEUE, 0},
      {"waiting signals", RLIMIT_SIGPENDING, SB_MAX_SIGNALS}, /* counted for all processes of its user */
  };
  if (!go_first()) sb_report_lack(report, "no say in who goes first when memory runs out");
  keep_priority();
  spare_reserves();
  signal(SIGXFSZ, SIG_IGN); /* too large a file fails with EFBIG, and does not end the plugin */
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    const int done = limit(limits[i].resource, limits[i].most);
    if (done < 0) return sb_report_failure(report, "the limit of %s", limits[i].name);
    if (done == 0) sb_report_lack(report, "no limit of %s", limits[i].name);
  }
  sb_report_force(report, "rlimits");
  return SB_OK;
}

sb_status sb_limit_processes(const sb_options *options, bool is_apart, sb_sandbox_report *report) {
  rlim_t most = 0; /* nothing new at all */
  /* A program that it becomes has threads, bounded by its memory; others it cannot start. */
  if (options->program && !(options->permissions & SB_PERMIT_PROCESSES)) return SB_OK;
  if (options->permissions & SB_PERMIT_PROCESSES) most += options->processes;
  if (options->permissions & SB_PERMIT_THREADS) most += SB_MAX_THREADS;
  if (most > 0 && !is_apart) {
    sb_report_lack(report, "no limit of processes and threads, since there are no user namespaces here");
    return SB_OK;
  }
  const int done = limit(RLIMIT_NPROC, most > 0 ? most + 1 : 0);
  if (done < 0) return sb_report_failure(report, "the limit of processes");
  if (done == 0) sb_report_lack(report, "no limit of processes");
  return SB_OK;
}
