/* SPDX-License-Identifier: Apache-2.0 */
#include "jail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { NO_SANDBOX = 250, LONGEST_S = 20 };

static _Noreturn void run_inside(const char *lines, bool seal, jail_body body, int words, sb_sandbox_report *report) {
  static sb_options options;
  alarm(LONGEST_S);
  dup2(words, STDERR_FILENO);
  close(words);
  if (sb_options_parse(lines, &options, report->problem, sizeof report->problem) != SB_OK) _exit(NO_SANDBOX);
  sb_sandbox_report made;
  sb_status status = sb_sandbox_enter(&options, &made);
  if (status == SB_OK && seal) status = sb_sandbox_seal(&options, &made);
  *report = made;
  _exit(status == SB_OK ? body() : NO_SANDBOX);
}

jail_end jail_run(const char *options, bool seal, jail_body body) {
  jail_end end = {.code = -1};
  sb_sandbox_report *report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int words[2], status = 0;
  if (report == MAP_FAILED || pipe(words) != 0) return end;
  const pid_t child = fork();
  if (child == 0) {
    close(words[0]);
    run_inside(options, seal, body, words[1], report);
  }
  close(words[1]);
  for (size_t length = 0; length < sizeof end.words - 1;) {
    const ssize_t count = read(words[0], end.words + length, sizeof end.words - 1 - length);
    if (count <= 0) break;
    length += (size_t)count;
  }
  close(words[0]);
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) end.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  end.report = *report;
  munmap(report, sizeof *report);
  if (end.code == NO_SANDBOX) check_that(false, __FILE__, __LINE__, "the sandbox failed: %s", end.report.problem);
  return end;
}

bool jail_has_filter(void) {
  if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0) return true;
  check_skip("this system has no seccomp");
  return false;
}

bool jail_has_landlock(void) {
  if (syscall(444, NULL, 0, 1) > 0) return true;
  check_skip("this system has no Landlock");
  return false;
}

bool jail_has_ports(void) {
  enum { FIRST_WITH_PORTS = 4 };
  if (syscall(444, NULL, 0, 1) >= FIRST_WITH_PORTS) return true;
  check_skip("this system's Landlock knows no ports");
  return false;
}

static int count(const char *text, const char *part) {
  int found = 0;
  for (const char *at = text; (at = strstr(at, part)); at += strlen(part)) found++;
  return found;
}

static jail_body repeated;
static int twice(void) {
  repeated();
  return repeated();
}

void jail_check_refused(const char *file, int at, const char *options, bool seal, jail_body body, const char *line) {
  repeated = body;
  const jail_end end = jail_run(options, seal, twice);
  check_that(end.code == EPERM, file, at, "ended with %d and signal %d, not EPERM; it said: %s", end.code, end.signal, end.words);
  char whole[300];
  snprintf(whole, sizeof whole, "%s\n", line);
  check_that(count(end.words, whole) == 1, file, at, "\"%s\" does not stand once in: %s", line, end.words);
}

const char *jail_folder(void) {
  static char path[64];
  if (path[0]) return path;
  snprintf(path, sizeof path, "/tmp/stagebox-jail-XXXXXX");
  if (!mkdtemp(path) || chmod(path, 0777) != 0) return path;
  char note[80];
  snprintf(note, sizeof note, "%s/note", path);
  FILE *file = fopen(note, "w");
  if (file) fputs("a note\n", file), fclose(file);
  chmod(note, 0666);
  return path;
}

__attribute__((destructor)) static void remove_folder(void) {
  /* the children end with _exit */
  char command[160];
  if (access(jail_folder(), F_OK) != 0) return;
  snprintf(command, sizeof command, "rm -rf %s", jail_folder());
  if (system(command) != 0) perror(command);
}
