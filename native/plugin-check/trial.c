/* SPDX-License-Identifier: Apache-2.0 */
#include "trial.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crash.h"
#include "process.h"
#include "trial_log.h"

verdict *trial_verdict;
static int verdict_file = -1;

/* One call may take this long; all of a trial's together that long. Emulated machines and busy ones are slow. */
static const double HANG_S = 8, LONGEST_S = 180;

static double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void say(trial_result result, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(trial_result result, const char *format, ...) {
  trial_verdict->result = result;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(trial_verdict->reason, TRIAL_WORDS, format, arguments);
  va_end(arguments);
}

#define END_WITH(RESULT)                                                   \
  va_list arguments;                                                       \
  va_start(arguments, format);                                             \
  vsnprintf(trial_verdict->reason, TRIAL_WORDS, format, arguments);        \
  va_end(arguments);                                                       \
  trial_verdict->result = RESULT;                                          \
  trial_verdict->done = true;                                              \
  _exit(0)

void trial_fail(const char *format, ...) { END_WITH(TRIAL_FAILED); }
void trial_skip(const char *format, ...) { END_WITH(TRIAL_SKIPPED); }

void trial_pass(void) {
  trial_verdict->result = TRIAL_PASSED;
  trial_verdict->done = true;
  _exit(0);
}

void trial_note(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(trial_verdict->reason, TRIAL_WORDS, format, arguments);
  va_end(arguments);
}

bool trial_tell(const char *text) {
  const size_t used = strlen(trial_verdict->told), length = strlen(text);
  if (used + length >= TRIAL_TOLD) return false;
  memcpy(trial_verdict->told + used, text, length + 1);
  return true;
}

const char *trial_phase(const char *between) {
  static char words[TRIAL_PHASE];
  for (int i = 0; i < TRIAL_PHASE - 1; i++) words[i] = trial_verdict->phase[i];
  return *words ? words : between;
}

static const char *phase_words(void) {
  static char words[80];
  const char *phase = trial_phase(NULL);
  if (!phase) return "between two calls";
  snprintf(words, sizeof words, "in %s", phase);
  return words;
}

/* The trial ended without a word. */
static void explain_end(int status) {
  trial_verdict->crashed = true;
  if (WIFEXITED(status) && WEXITSTATUS(status) == SB_EXIT_MEMORY)
    say(TRIAL_FAILED, OUT_OF_MEMORY);
  else if (WIFEXITED(status) && WEXITSTATUS(status) == SB_EXIT_FAILURES)
    say(TRIAL_FAILED, "raises one exception after the other %s", phase_words());
  else if (WIFEXITED(status) && WEXITSTATUS(status) == SB_EXIT_FALLEN)
    say(TRIAL_FAILED, "fell over before, and is called %s", phase_words());
  else if (WIFEXITED(status))
    say(TRIAL_FAILED, "calls exit(%d) %s", WEXITSTATUS(status), phase_words());
  else if (WTERMSIG(status) == SIGSYS)
    say(TRIAL_FAILED, "makes a system call %s that its permissions do not allow", phase_words());
  else if (WTERMSIG(status) == SIGXFSZ)
    say(TRIAL_FAILED, "writes a file %s larger than its limits allow", phase_words());
  else if (WTERMSIG(status) == SIGXCPU)
    say(TRIAL_FAILED, "computes %s longer than its limits allow", phase_words());
  else
    say(TRIAL_FAILED, "crashes %s: %s", phase_words(), strsignal(WTERMSIG(status)));
}

/* Until the process writes something or ends, or a tenth of a second is over. */
static void wait_a_moment(int log, bool *log_is_open) {
  const struct timespec tick = {.tv_nsec = 100 * 1000 * 1000};
  struct pollfd written = {.fd = log, .events = POLLIN};
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  if (!*log_is_open) sigtimedwait(&child, NULL, &tick);
  else if (poll(&written, 1, 100) > 0) *log_is_open = trial_log_read(log);
}

/* True once the process has ended; false when it had to be ended, with the words for it. */
static bool wait_for(pid_t pid, int log, int *status) {
  const double began = now_s();
  double moved = began;
  uint32_t steps = 0;
  bool log_is_open = true;
  for (;;) {
    if (waitpid(pid, status, WNOHANG) == pid) return true;
    wait_a_moment(log, &log_is_open);
    const uint32_t seen = atomic_load(&trial_verdict->steps);
    const double now = now_s();
    if (seen != steps || !trial_verdict->phase[0]) steps = seen, moved = now;
    if (now - moved < HANG_S && now - began < LONGEST_S) continue;
    trial_verdict->hangs = true;
    if (now - moved >= HANG_S) say(TRIAL_FAILED, "hangs: %s does not return within %g s", trial_phase("it"), HANG_S);
    else say(TRIAL_FAILED, "takes longer than %g s", LONGEST_S);
    return false;
  }
}

bool trial_take_up(int file) {
  void *memory = mmap(NULL, sizeof *trial_verdict, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) return false;
  trial_verdict = memory;
  verdict_file = file;
  return true;
}

int trial_hand_on(void) {
  fcntl(verdict_file, F_SETFD, 0);
  return verdict_file;
}

static bool has_verdict(void) {
  if (trial_verdict) return true;
  enum { ABOVE = 10 }; /* what has its own numbers in another program */
  const int made = memfd_create("verdict", MFD_CLOEXEC), file = fcntl(made, F_DUPFD_CLOEXEC, ABOVE);
  close(made);
  return file >= 0 && ftruncate(file, sizeof *trial_verdict) == 0 && trial_take_up(file);
}

const verdict *trial_run(void (*body)(const void *argument), const void *argument) {
  if (!has_verdict()) return NULL;
  memset(trial_verdict, 0, offsetof(verdict, told) + 1);
  const double began = now_s();
  sigset_t child, before;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, &before);
  int log[2];
  if (pipe2(log, O_CLOEXEC | O_NONBLOCK) != 0) return NULL;
  trial_log_begin();
  const pid_t supervisor = getpid(), pid = fork();
  if (pid < 0) return NULL;
  if (pid == 0) {
    sigprocmask(SIG_SETMASK, &before, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != supervisor) _exit(1);
    dup2(log[1], STDOUT_FILENO), dup2(log[1], STDERR_FILENO); /* this program's standard output is for verdicts */
    crash_explain_signals();
    body(argument);
    trial_pass();
  }
  setpgid(pid, pid);
  close(log[1]);
  int status = 0;
  const bool ended = wait_for(pid, log[0], &status);
  kill(-pid, SIGKILL);
  struct pollfd written = {.fd = log[0], .events = POLLIN};
  for (int i = 0; i < 64 && poll(&written, 1, 0) > 0 && trial_log_read(log[0]); i++) continue;
  close(log[0]);
  if (!ended) waitpid(pid, &status, 0);
  else if (!trial_verdict->done) explain_end(status);
  trial_verdict->milliseconds = (now_s() - began) * 1e3;
  return trial_verdict;
}
