/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdarg.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* MAX_SECONDS: of one test, in an emulator on a busy machine. */
enum { MAX_TESTS = 2048, MAX_REPORTS_PER_TEST = 8, MAX_SECONDS = 300 };

static struct {
  const char *name, *file;
  check_body body;
} tests[MAX_TESTS];
static int test_count;
static int failures_here;
static const char *skipped_because;

void check_register(const char *name, const char *file, check_body body) {
  if (test_count == MAX_TESTS) {
    fprintf(stderr, "check.c: more than %d tests: raise MAX_TESTS\n", MAX_TESTS);
    return;
  }
  tests[test_count].name = name;
  tests[test_count].file = file;
  tests[test_count++].body = body;
}

bool check_that(bool holds, const char *file, int line, const char *format, ...) {
  if (holds || ++failures_here > MAX_REPORTS_PER_TEST) return holds;
  va_list arguments;
  va_start(arguments, format);
  printf("  %s:%d: ", file, line);
  vprintf(format, arguments);
  putchar('\n');
  va_end(arguments);
  return holds;
}

void check_skip(const char *reason) { skipped_because = reason; }

static const char *running;

/* Whatever it waits for, and whatever lock it holds: the name gets out. */
static void on_alarm(int signal) {
  (void)signal;
  const char *const parts[] = {"FAILED ", running, ": it hangs\n"};
  for (int i = 0; i < 3; i++)
    if (write(STDOUT_FILENO, parts[i], strlen(parts[i])) < 0) break;
  _exit(EXIT_FAILURE);
}

int main(int argc, char **argv) {
  int passed = 0, failed = 0, skipped = 0;
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGALRM, on_alarm);
  for (int i = 0; i < test_count; i++) {
    if (argc > 1 && !strstr(tests[i].name, argv[1]) && !strstr(tests[i].file, argv[1])) continue;
    failures_here = 0;
    skipped_because = NULL;
    running = tests[i].name;
    alarm(MAX_SECONDS);
    tests[i].body();
    if (failures_here) {
      failed++;
      printf("FAILED %s (%s): %d checks\n", tests[i].name, tests[i].file, failures_here);
    } else if (skipped_because) {
      skipped++;
      printf("skipped %s: %s\n", tests[i].name, skipped_because);
    } else {
      passed++;
    }
  }
  printf("native: %d passed, %d failed, %d skipped\n", passed, failed, skipped);
  return failed != 0 || passed + skipped == 0;
}
