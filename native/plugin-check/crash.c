/* SPDX-License-Identifier: Apache-2.0 */
#include "crash.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "fence.h"
#include "place.h"
#include "trial.h"

static fence_access access_of(const ucontext_t *context) {
#if defined(__x86_64__)
  return context->uc_mcontext.gregs[REG_ERR] & 2 ? FENCE_WRITTEN : FENCE_READ;
#elif defined(__aarch64__)
  /* The exception's syndrome lies among the records behind the registers. */
  enum { SYNDROME_WRITES = 1 << 6 };
  const uint8_t *at = context->uc_mcontext.__reserved, *end = at + sizeof context->uc_mcontext.__reserved;
  while (at + 16 <= end) {
    uint32_t head[2];
    uint64_t syndrome;
    memcpy(head, at, sizeof head);
    memcpy(&syndrome, at + 8, sizeof syndrome);
    if (head[0] == ESR_MAGIC) return syndrome & SYNDROME_WRITES ? FENCE_WRITTEN : FENCE_READ;
    if (head[0] == 0 || head[1] < 8) break;
    at += head[1];
  }
#endif
  (void)context;
  return FENCE_TOUCHED;
}

static void *library;
void crash_set_library(void *handle) { library = handle; }

/* The mangled name of its type, from the C++ runtime that the library brought along. */
static const char *uncaught_exception(void) {
  const void *(*current)(void);
  *(void **)&current = library ? dlsym(library, "__cxa_current_exception_type") : NULL;
  const char *const *type = current ? current() : NULL; /* std::type_info: its table of functions, then its name */
  return type ? type[1] : NULL;
}

static void explain(int number, siginfo_t *info, void *context) {
  static volatile sig_atomic_t explained;
  if (explained++ || trial_verdict->done) _exit(1);
  trial_verdict->crashed = true;
  const bool memory = number == SIGSEGV || number == SIGBUS;
  const char *relation = memory && info->si_code > 0 ? fence_explain(info->si_addr, access_of(context)) : NULL;
  char where[160];
  place_describe(where, sizeof where, place_of_context(context));
  const char *in = trial_phase("a call of the checker's own");
  if (relation) trial_fail("%s, in %s%s", relation, in, where);
  if (memory) trial_fail("crashes in %s%s: %s at address %p", in, where, strsignal(number), info->si_addr);
  if (number != SIGABRT) trial_fail("crashes in %s%s: %s", in, where, strsignal(number));
  const char *exception = uncaught_exception();
  if (exception) trial_fail("throws a C++ exception (%s) in %s that nobody catches", exception, in);
  trial_fail("aborts in %s: abort(), a failed assertion, or a broken heap", in);
}

void crash_explain_signals(void) {
  static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
  static uint8_t stack[64 * 1024];
  sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
  struct sigaction action = {.sa_sigaction = explain, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaction(numbers[i], &action, NULL);
}

/* ---- in a program that has handlers of its own ---- */

static struct sigaction others[2];
static const int memory_signals[] = {SIGSEGV, SIGBUS};

static void explain_fence(int number, siginfo_t *info, void *context) {
  const char *relation = info->si_code > 0 ? fence_explain(info->si_addr, access_of(context)) : NULL;
  if (relation) trial_fail("%s, in %s", relation, trial_phase("a call of the checker's own"));
  const struct sigaction *other = &others[number == SIGBUS];
  if (other->sa_flags & SA_SIGINFO) other->sa_sigaction(number, info, context);
  else sigaction(number, other, NULL); /* and what failed fails again */
}

void crash_explain_fences(void) {
  struct sigaction action = {.sa_sigaction = explain_fence, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  for (size_t i = 0; i < 2; i++) sigaction(memory_signals[i], &action, &others[i]);
}
