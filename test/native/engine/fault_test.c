/* SPDX-License-Identifier: Apache-2.0
 *
 * Faults outside of guarded calls: they go where they went before there was a guard.
 */
#include "fault.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static volatile sig_atomic_t handled, was_blocked;

/* Like JavaScriptCore's: there first, and for the same signal. */
static void on_trap(int signal, siginfo_t *info, void *context) {
  (void)context;
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, NULL, &mask);
  handled = signal;
  was_blocked = sigismember(&mask, SIGILL) && sigismember(&mask, SIGUSR2);
  if (info->si_code > 0) _exit(42);
}

__attribute__((constructor)) static void install_first(void) {
  struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
  sigaddset(&action.sa_mask, SIGUSR2);
  sigaction(SIGILL, &action, NULL);
}

static void fall(void *signal) { raise(*(int *)signal); }
static void nothing(void *argument) { (void)argument; }
static void trap(void *argument) {
  (void)argument;
#if defined(__aarch64__)
  __asm__ volatile("udf #0"); /* __builtin_trap is a breakpoint here */
#else
  __builtin_trap();
#endif
}
static int *volatile nowhere = (int *)0x10;
static void write_nowhere(void *argument) { (void)argument, *(volatile int *)nowhere = 1; }

static void install_guard(void) {
  sb_calls calls = {0};
  sb_fault fault;
  CHECK(sb_fault_run(&calls, nothing, NULL, 0, &fault));
  CHECK_EQUAL(calls.count, 2);
}

TEST(fault_outside_goes_to_the_handler_before) {
  install_guard();
  handled = 0;
  raise(SIGILL);
  CHECK_EQUAL(handled, SIGILL);
  CHECK(was_blocked);
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, NULL, &mask);
  CHECK(!sigismember(&mask, SIGILL) && !sigismember(&mask, SIGUSR2));
}

/* In a child: how it ends. */
static int ends_with(void (*body)(void *), int signal) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    close(STDERR_FILENO);
    body(&signal);
    _exit(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

TEST(fault_outside_ends_the_process_as_before) {
  install_guard();
  CHECK_EQUAL(WEXITSTATUS(ends_with(trap, 0)), 42);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK_EQUAL(WTERMSIG(ends_with(write_nowhere, 0)), SIGSEGV);
  CHECK_EQUAL(WTERMSIG(ends_with(fall, SIGFPE)), SIGFPE);
  CHECK_EQUAL(WTERMSIG(ends_with(fall, SIGBUS)), SIGBUS);
#endif
  CHECK_EQUAL(WTERMSIG(ends_with(fall, SIGABRT)), SIGABRT);
}

TEST(fault_inside_comes_back_again_and_again) {
  sb_calls calls = {0};
  sb_fault fault;
  for (int i = 0; i < 1000; i++) {
    CHECK(!sb_fault_run(&calls, write_nowhere, NULL, 0, &fault));
    CHECK_EQUAL(fault.signal, SIGSEGV);
    CHECK_EQUAL(fault.address, 0x10);
    CHECK(!sb_fault_run(&calls, trap, NULL, 0, &fault));
    CHECK_EQUAL(fault.signal, SIGILL);
  }
  CHECK_EQUAL(calls.count, 4000);
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, NULL, &mask);
  CHECK(!sigismember(&mask, SIGSEGV) && !sigismember(&mask, SIGILL));
}

typedef struct nested {
  sb_calls calls;
  sb_fault fault;
  bool returned;
} nested;

static void run_nested(void *argument) {
  nested *inner = argument;
  inner->returned = sb_fault_run(&inner->calls, write_nowhere, NULL, 0, &inner->fault);
  abort();
}

TEST(fault_comes_back_to_the_innermost_call) {
  nested inner = {0};
  sb_calls calls = {0};
  sb_fault fault;
  inner.returned = true;
  CHECK(!sb_fault_run(&calls, run_nested, &inner, 0, &fault));
  CHECK(!inner.returned && inner.fault.signal == SIGSEGV);
  CHECK_EQUAL(fault.signal, SIGABRT);
}

static void sleep_long(void *argument) {
  (void)argument;
  for (;;) sleep(100);
}

TEST(fault_guard_ends_a_call_at_its_limit_and_no_other) {
  sb_calls calls = {0};
  sb_fault fault;
  CHECK(!sb_fault_run(&calls, sleep_long, NULL, 0.05, &fault));
  CHECK_EQUAL(fault.signal, 0);
  for (int i = 0; i < 100; i++) CHECK(sb_fault_run(&calls, nothing, NULL, 0.001, &fault));
  sb_fault_end(&calls, calls.count - 1); /* which is over */
  CHECK(sb_fault_run(&calls, nothing, NULL, 0, &fault));
}
