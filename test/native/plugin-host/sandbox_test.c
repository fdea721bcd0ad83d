/* SPDX-License-Identifier: Apache-2.0
 *
 * What a library can still do inside, and what the sandbox is as a whole.
 */
#include "sandbox.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "jail.h"

static int nothing(void) { return 0; }

TEST(sandbox_is_as_complete_as_the_kernel_allows) {
  const jail_end end = jail_run("", false, nothing);
  CHECK_EQUAL(end.code, 0);
  CHECK(strstr(end.report.in_force, "no_new_privs, rlimits, "));
  CHECK(strstr(end.report.in_force, geteuid() == 0 ? "user 65534" : "no capabilities"));
  if (jail_has_landlock()) CHECK(strstr(end.report.in_force, "Landlock "));
  else CHECK(strstr(end.report.lacking, "no Landlock (Function not implemented), so files are kept only by"));
  if (jail_has_filter()) CHECK(strstr(end.report.in_force, ", seccomp"));
  else CHECK(strstr(end.report.lacking, "no seccomp ("));
}

static int compute(void) {
  double sum = 0;
  struct timespec before, after;
  clock_gettime(CLOCK_MONOTONIC, &before);
  for (int i = 0; i < 1000; i++) {
    double *numbers = malloc(sizeof *numbers * (size_t)(i + 1) * 100); /* small ones of the heap, large ones of mmap */
    if (!numbers) return ENOMEM;
    for (int j = 0; j < 100; j++) sum += numbers[j] = sin(i + j);
    free(numbers);
  }
  clock_gettime(CLOCK_MONOTONIC, &after);
  nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  char text[64];
  snprintf(text, sizeof text, "sum %f\n", sum);
  if (fputs(text, stderr) < 0 || fflush(stderr) != 0) return errno;
  time_t now = time(NULL);
  struct tm local;
  return localtime_r(&now, &local) && after.tv_sec >= before.tv_sec ? 0 : EINVAL;
}

TEST(a_library_computes_in_the_sandbox_as_outside) {
  jail_end end = jail_run("memory_mb=4096", false, compute);
  CHECK_EQUAL(end.code, 0);
  CHECK(strncmp(end.words, "sum ", 4) == 0 && !strstr(end.words, "refused"));
  end = jail_run("permission=threads\nmemory_mb=4096", true, compute);
  CHECK_EQUAL(end.code, 0);
  CHECK(!strstr(end.words, "refused"));
}

/* As bits, those that could be opened. */
static int open_libraries(void) {
  static const char *const names[] = {"libstdc++.so.6", "libfftw3f.so.3", "libgomp.so.1"};
  int opened = 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (dlopen(names[i], RTLD_NOW | RTLD_LOCAL)) opened |= 1 << i;
  return opened;
}

TEST(libraries_with_others_behind_them_load_in_the_sandbox) {
  int outside;
  const pid_t child = fork();
  if (child == 0) _exit(open_libraries());
  waitpid(child, &outside, 0);
  const jail_end end = jail_run("", false, open_libraries);
  CHECK_EQUAL(end.code, WEXITSTATUS(outside));
  CHECK(!strstr(end.words, "refused"));
  if (end.code == 0) check_skip("there are no such libraries here");
}

static int copied_library;
static int open_copy(void) {
  char path[40];
  snprintf(path, sizeof path, "/proc/self/fd/%d", copied_library);
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return fputs(dlerror(), stderr), EIO;
  double (*const cosine)(double) = (double (*)(double))dlsym(library, "cos");
  return cosine && cosine != cos && cosine(0) == 1 ? 0 : EINVAL;
}

TEST(a_library_in_a_sealed_memory_file_loads_in_the_sandbox) {
  Dl_info libm;
  double (*volatile function)(double) = cos;
  CHECK(dladdr((void *)function, &libm) && libm.dli_fname);
  const int from = open(libm.dli_fname, O_RDONLY | O_CLOEXEC);
  copied_library = memfd_create("library", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  char bytes[1 << 16];
  for (ssize_t count; (count = read(from, bytes, sizeof bytes)) > 0;) CHECK_EQUAL(write(copied_library, bytes, (size_t)count), count);
  CHECK_EQUAL(fcntl(copied_library, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), 0);
  const jail_end end = jail_run("", false, open_copy);
  check_that(end.code == 0, __FILE__, __LINE__, "%d: %s", end.code, end.words);
  close(from);
  close(copied_library);
}

static int who(void) {
  if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return 1;
  if (getuid() != geteuid() || geteuid() == 0 || getegid() == 0) return 2;
  if (geteuid() == 65534 && getgroups(0, NULL) != 0) return 3;
  return setuid(0) == 0 ? 4 : 0;
}

TEST(root_becomes_nobody_for_good) {
  if (geteuid() != 0) return check_skip("not root");
  CHECK_EQUAL(jail_run("", false, who).code, 0);
  CHECK_EQUAL(jail_run("permission=threads", true, who).code, 0);
}

static int say_parent(void) {
  char text[16];
  const int length = snprintf(text, sizeof text, "%d", getpid());
  return write(STDERR_FILENO, text, (size_t)length) == length ? pause() : 1;
}

/* The parent in the middle is killed; the one in the sandbox must not outlive it. */
TEST(a_plugins_process_ends_with_the_one_that_started_it) {
  int words[2];
  CHECK_EQUAL(pipe(words), 0);
  const pid_t parent = fork();
  if (parent == 0) {
    sb_options options;
    sb_sandbox_report report;
    if (fork() > 0) {
      close(words[1]);
      pause();
    }
    alarm(20);
    dup2(words[1], STDERR_FILENO);
    close(words[1]);
    sb_options_parse("", &options, NULL, 0);
    _exit(sb_sandbox_enter(&options, &report) == SB_OK ? say_parent() : 1);
  }
  close(words[1]);
  char pid[16] = "";
  CHECK(read(words[0], pid, sizeof pid - 1) > 0);
  kill(parent, SIGKILL);
  waitpid(parent, NULL, 0);
  const time_t then = time(NULL);
  CHECK_EQUAL(read(words[0], pid, sizeof pid - 1), 0);
  CHECK(time(NULL) - then < 10);
  close(words[0]);
}

TEST(a_grant_that_does_not_exist_is_told_and_no_plugin_runs_with_it) {
  if (!jail_has_landlock()) return;
  sb_options options;
  sb_sandbox_report report;
  char words[16];
  int status;
  const pid_t child = fork();
  if (child == 0) {
    sb_options_parse("read=/no/such/file", &options, words, sizeof words);
    const sb_status entered = sb_sandbox_enter(&options, &report);
    _exit(entered == SB_UNSUPPORTED && strcmp(report.problem, "read=/no/such/file: No such file or directory") == 0 ? 7 : 1);
  }
  waitpid(child, &status, 0);
  CHECK_EQUAL(WEXITSTATUS(status), 7);
}
