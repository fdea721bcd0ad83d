/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stagebox_engine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "data_use.h"
#include "error.h"
#include "ticks.h"

enum { SOCKET = 3, LIBRARY = 4, FIRST_FREE = 5, ABOVE = 10, MAX_WORDS = 24, AT_ONCE_MS = 5, GRACE_MS = 100 };
static const int64_t WINDOW_NS = 4000000000, COUNT_EVERY_NS = 1000000000, JUDGE_EVERY_NS = 50000000;
/* Whoever computes for more than that at real-time priority keeps all others from the core: the API, this watch. The
 * same goes for many that compute less, if together they take so much of all cores. */
static const double MOST_REALTIME_SHARE = 0.75;
static const int64_t ORDINARY_NS = 10000000000; /* that it is one of many from then on */

static char program[4096];

void sb_set_plugin_host(const char *path) { snprintf(program, sizeof program, "%s", path); }

/* Descriptors that the process is given must not lie where they are to go. */
static int above(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, ABOVE); }

/* Programs for another machine run under it: "qemu-aarch64-static -L /usr/aarch64-linux-gnu"; "": there is none. */
static const char *emulator_name(void) {
  const char *name = getenv("STAGEBOX_EMULATOR");
  return name ? name : "";
}

static void command_line(char *emulator, char *title, char **words) {
  int count = 0;
  char *rest;
  for (char *word = strtok_r(emulator, " ", &rest); word && count < MAX_WORDS; word = strtok_r(NULL, " ", &rest))
    words[count++] = word;
  if (count) words[count++] = program;
  words[count++] = title;
  words[count] = NULL;
}

/* Nothing of this process's environment is a plugin's business. */
static char *const environment[] = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8", NULL};

static int spawn(pid_t *pid, const char *name, int socket, int file, int log) {
  char emulator[1024], title[64], *words[MAX_WORDS + 3];
  snprintf(emulator, sizeof emulator, "%s", emulator_name());
  snprintf(title, sizeof title, "stagebox-plugin: %s", name);
  command_line(emulator, title, words);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  sigemptyset(&none), sigfillset(&all);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, log, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, log, STDERR_FILENO);
  posix_spawn_file_actions_adddup2(&actions, socket, SOCKET);
  posix_spawn_file_actions_adddup2(&actions, file, LIBRARY);
  posix_spawn_file_actions_addclosefrom_np(&actions, FIRST_FREE);
  posix_spawnattr_init(&attributes);
  const short flags =
      POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSCHEDULER;
  posix_spawnattr_setflags(&attributes, flags);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setschedpolicy(&attributes, SCHED_OTHER);
  const int error = posix_spawnp(pid, *emulator ? words[0] : program, &actions, &attributes, words, environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error;
}

static sb_process *give_up(sb_process *process, const char *problem, int error) {
  sb_error(SB_IO, "the plugin host %s cannot be started: %s%s%s", *program ? program : "(none set)", problem,
           error ? ": " : "", error ? strerror(error) : "");
  sb_channel_close(&process->channel);
  free(process);
  return NULL;
}

/* What it may use in this span of time and the next, by the kernel's word, so that it holds even while nobody looks. */
static void grant_cpu(const sb_process *process) {
  struct rlimit limit;
  if (!process->limits.cpu_percent || prlimit(process->pid, RLIMIT_CPU, NULL, &limit) != 0) return;
  const double allowed_s = (process->cpu_ns + 2.0 * (double)WINDOW_NS * process->limits.cpu_percent / 100) * 1e-9;
  limit.rlim_cur = (rlim_t)allowed_s + 2;
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
  prlimit(process->pid, RLIMIT_CPU, &limit, NULL);
}

sb_process *sb_process_start(const char *name, int file, int log, sb_process_limits limits) {
  if (!*program) return sb_error(SB_IO, "there is no plugin host: sb_set_plugin_host names none"), NULL;
  sb_process *process = calloc(1, sizeof *process);
  if (!process) return sb_error(SB_NO_MEMORY, "out of memory"), NULL;
  sb_channel_open(&process->channel, -1, false);
  process->limits = limits;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return give_up(process, "no socket", errno);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  sb_channel_open(&process->channel, ends[0], false);
  const int theirs = above(ends[1]), library = above(file), output = above(log);
  close(ends[1]);
  const bool has_files = theirs >= 0 && library >= 0 && output >= 0;
  const int error = has_files ? spawn(&process->pid, name, theirs, library, output) : EMFILE;
  if (theirs >= 0) close(theirs);
  if (library >= 0) close(library);
  if (output >= 0) close(output);
  if (error) return give_up(process, "it does not run", error);
  process->handle = (int)syscall(SYS_pidfd_open, process->pid, 0);
  process->window_ns = sb_clock_now_ns();
  grant_cpu(process);
  if (process->handle >= 0) return process;
  kill(process->pid, SIGKILL);
  waitpid(process->pid, NULL, 0);
  return give_up(process, "no pidfd", errno);
}

bool sb_process_is_alive(const sb_process *process) {
  struct pollfd ended = {.fd = process->handle, .events = POLLIN};
  return !process->is_over && poll(&ended, 1, 0) == 0;
}

static void describe_end(sb_process *process, const siginfo_t *info) {
  char *words = process->words;
  const size_t room = sizeof process->words;
  const char *signal_name = info->si_code == CLD_EXITED ? NULL : sigabbrev_np(info->si_status);
  if (info->si_code == CLD_EXITED && info->si_status == SB_EXIT_MEMORY)
    snprintf(words, room, "used more than %u MB", process->limits.memory_mb);
  else if (info->si_code == CLD_EXITED && info->si_status == SB_EXIT_FAILURES)
    snprintf(words, room, "raised an exception in block after block: its log says which");
  else if (info->si_code == CLD_EXITED && info->si_status == SB_EXIT_FALLEN)
    snprintf(words, room, "fell over: its log says where");
  else if (info->si_code == CLD_EXITED)
    snprintf(words, room, "exited with %d though nobody asked", info->si_status);
  else if (info->si_status == SIGXCPU)
    snprintf(words, room, "killed by SIGXCPU: used more than %u %% of a core", process->limits.cpu_percent);
  else if (info->si_status == SIGSYS)
    snprintf(words, room, "killed by SIGSYS: made a system call that the sandbox refuses");
  else
    snprintf(words, room, "killed by SIG%s", signal_name ? signal_name : "?");
}

/* Until it is waited for, neither its number nor its group's can be another's. */
static void reap(sb_process *process, bool wait) {
  siginfo_t info = {0};
  while (!process->is_over &&
         waitid(P_PIDFD, (id_t)process->handle, &info, WEXITED | WNOWAIT | (wait ? 0 : WNOHANG)) != 0) {
    if (errno == EINTR) continue;
    process->is_over = true;
    snprintf(process->words, sizeof process->words, "ended, and somebody else was told how");
  }
  if (process->is_over || info.si_pid == 0) return;
  kill(-process->pid, SIGKILL);
  waitid(P_PIDFD, (id_t)process->handle, &info, WEXITED);
  process->is_over = true;
  if (!*process->words) describe_end(process, &info);
}

void sb_process_kill(sb_process *process, const char *why) {
  if (process->is_over) return;
  reap(process, false);
  if (process->is_over) return;
  if (why) snprintf(process->words, sizeof process->words, "%s", why);
  kill(-process->pid, SIGKILL);
  kill(process->pid, SIGKILL);
  reap(process, true);
}

static double used_cpu_ns(const sb_process *process) {
  clockid_t clock;
  struct timespec used;
  if (process->is_over || clock_getcpuclockid(process->pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
    return process->cpu_ns;
  return (double)used.tv_sec * 1e9 + (double)used.tv_nsec;
}

/* Resident memory, and how much of that is shared: program text, and rings. */
static double resident_bytes(const sb_process *process, double *shared_bytes) {
  char path[48], text[96];
  snprintf(path, sizeof path, "/proc/%d/statm", process->pid);
  const int file = process->is_over ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t count = file < 0 ? 0 : read(file, text, sizeof text - 1);
  if (file >= 0) close(file);
  text[count > 0 ? count : 0] = 0;
  double pages = 0, shared = 0;
  sscanf(text, "%*s %lf %lf", &pages, &shared);
  *shared_bytes = shared * (double)sysconf(_SC_PAGESIZE);
  return pages * (double)sysconf(_SC_PAGESIZE);
}

/* Whether it holds more than it may. An emulator needs memory for itself, and at first is a copy of this process. */
static bool is_too_large(const sb_process *process) {
  enum { EMULATOR_MB = 64 };
  const bool is_emulated = *emulator_name();
  double shared;
  const double own = resident_bytes(process, &shared) - shared;
  if (is_emulated && !process->channel.kind) return false;
  return process->limits.memory_mb && own > 1048576.0 * (process->limits.memory_mb + (is_emulated ? EMULATOR_MB : 0));
}

static void set_priority(const sb_process *process, int priority) {
  const struct sched_param param = {.sched_priority = priority};
  sched_setscheduler(process->pid, (priority > 0 ? SCHED_FIFO : SCHED_OTHER) | SCHED_RESET_ON_FORK, &param);
}

static double all_shares; /* of processes that have real-time priority */
static uint32_t all_sharing;

static void set_share(sb_process *process, double share) {
  all_shares += share - process->share;
  all_sharing += (share > 0) - (process->share > 0);
  process->share = share;
}

static bool is_greedy(const sb_process *process) {
  const double cores = (double)sysconf(_SC_NPROCESSORS_ONLN);
  const bool is_above_average = process->share * all_sharing >= all_shares * 0.99;
  return process->share > MOST_REALTIME_SHARE || (all_shares > MOST_REALTIME_SHARE * cores && is_above_average);
}

/* A shorter span than JUDGE_EVERY_NS may be one call's work, and says nothing. */
static void judge_priority(sb_process *process, int64_t now) {
  if (now < process->judged_ns + JUDGE_EVERY_NS) return;
  const int64_t ordinary_until_ns = atomic_load(&process->ordinary_until_ns);
  const bool is_realtime = process->priority > 0 && ordinary_until_ns == 0;
  const double share = (process->cpu_ns - process->judged_cpu_ns) / (double)(now - process->judged_ns);
  set_share(process, is_realtime ? fmax(0, share) : 0);
  if (is_realtime && is_greedy(process)) {
    sb_process_yield(process, ORDINARY_NS);
    set_share(process, 0);
  } else if (ordinary_until_ns != 0 && now >= ordinary_until_ns) {
    atomic_store(&process->ordinary_until_ns, 0);
    set_priority(process, process->priority);
  }
  process->judged_ns = now;
  process->judged_cpu_ns = process->cpu_ns;
}

static void enforce(sb_process *process) {
  char why[96];
  if (is_too_large(process)) {
    snprintf(why, sizeof why, "used more than %u MB", process->limits.memory_mb);
    sb_process_kill(process, why);
    return;
  }
  const int64_t now = sb_clock_now_ns();
  if (process->limits.data && process->limits.file_mb && now > process->counted_ns + COUNT_EVERY_NS) {
    process->counted_ns = now;
    if (sb_data_is_too_much(process->limits.data, process->limits.file_mb, why, sizeof why)) {
      sb_process_kill(process, why);
      return;
    }
  }
  process->cpu_ns = used_cpu_ns(process);
  judge_priority(process, now);
  if (!process->limits.cpu_percent || now < process->window_ns + WINDOW_NS) return;
  const double share = (process->cpu_ns - process->window_cpu_ns) / (double)(now - process->window_ns);
  if (share * 100 > process->limits.cpu_percent * 1.1) {
    snprintf(why, sizeof why, "used %.0f %% of a core, and may use %u %%", share * 100, process->limits.cpu_percent);
    sb_process_kill(process, why);
    return;
  }
  process->window_ns = now;
  process->window_cpu_ns = process->cpu_ns;
  grant_cpu(process);
}

bool sb_process_tend(sb_process *process) {
  reap(process, false);
  if (!process->is_over) enforce(process);
  if (process->is_over) set_share(process, 0);
  return !process->is_over;
}

void sb_process_follow_priority(sb_process *process, int priority) {
  process->priority = priority - 1;
  if (!process->is_over && atomic_load(&process->ordinary_until_ns) == 0) set_priority(process, process->priority);
}

void sb_process_yield(sb_process *process, int64_t ns) {
  const int64_t before_ns = atomic_exchange(&process->ordinary_until_ns, sb_clock_now_ns() + ns);
  if (before_ns == 0 && !process->is_over) set_priority(process, 0);
}

void sb_process_usage(const sb_process *process, double *memory_bytes, double *cpu_ns) {
  double shared;
  *memory_bytes = resident_bytes(process, &shared);
  *cpu_ns = used_cpu_ns(process);
}

static void forget(sb_process *process) {
  sb_process_kill(process, "ended");
  close(process->handle);
  free(process);
}

/* Whether it ends by itself within that time. */
static bool ends_within(const sb_process *process, int ms) {
  struct pollfd ended = {.fd = process->handle, .events = POLLIN};
  return process->is_over || poll(&ended, 1, ms) > 0;
}

static void *await_end(void *process) {
  ends_within(process, GRACE_MS);
  forget(process);
  return NULL;
}

/* One that takes its time, or does not mean to end, keeps nobody waiting. */
static bool awaits_end_apart(sb_process *process) {
  pthread_t thread;
  return pthread_create(&thread, NULL, await_end, process) == 0 && pthread_detach(thread) == 0;
}

void sb_process_destroy(sb_process *process, bool was_asked) {
  if (!process) return;
  set_share(process, 0);
  sb_channel_close(&process->channel); /* whoever waits for a message ends by itself */
  if (!was_asked || ends_within(process, AT_ONCE_MS) || !awaits_end_apart(process)) forget(process);
}
