/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs in a signal handler, on whatever thread made the call: it only writes to stderr. All that it is told lies in
 * registers and memory of the plugin, which can fool it, but so it fools nobody but itself.
 */
#include "refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "calls.h"
#include "gate.h"

enum { MAX_CALLS = 512, MAX_LINE = 256 };

static const char *const words[] = {
    [SB_NEED_NETWORK] = " needs permission network",
    [SB_NEED_PROCESSES] = " needs permission processes",
    [SB_NEED_WRITE] = " needs permission write",
    [SB_NEED_OPEN] = " needs permission read",
    [SB_NEED_OPEN_WRITE] = " for writing needs permission write",
    [SB_NEED_THREAD] = " of a thread needs permission threads",
    [SB_NEED_PROCESS] = " of a process needs permission processes",
    [SB_NEVER] = " is never allowed",
    [SB_NEVER_OTHERS] = " of another process is never allowed",
    [SB_NEVER_EXECUTABLE] = " of executable memory is never allowed once the library is loaded",
};

void (*sb_refusal_observer)(int number, const void *address);

/* A bit for each need that a call has been told to have, and for each hash of a path. */
static _Atomic uint32_t told[MAX_CALLS], told_paths[MAX_CALLS / 32];

static bool is_news(_Atomic uint32_t *bits, unsigned bit) { return !(atomic_fetch_or(bits, 1u << bit) & 1u << bit); }

static unsigned hash(const char *text) {
  uint32_t made = 2166136261u; /* FNV-1a */
  while (*text) made = (made ^ (unsigned char)*text++) * 16777619u;
  return made % MAX_CALLS;
}

typedef struct line {
  char text[MAX_LINE];
  size_t length;
} line;

/* Control characters could forge other lines of the log. */
static void append(line *to, const char *text) {
  for (; *text && to->length < MAX_LINE - 1; text++)
    to->text[to->length++] = *text >= ' ' && *text != 127 ? *text : '?';
}

static void append_number(line *to, int number) {
  char digits[12], *digit = digits + sizeof digits;
  *--digit = 0;
  do *--digit = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  append(to, digit);
}

/* The registers that a call's arguments and result lie in. */
static uintptr_t argument(const ucontext_t *context, int index) {
#if defined(__x86_64__)
  static const int registers[] = {REG_RDI, REG_RSI, REG_RDX, REG_R10};
  return (uintptr_t)context->uc_mcontext.gregs[registers[index]];
#else
  return (uintptr_t)context->uc_mcontext.regs[index];
#endif
}

static void set_result(ucontext_t *context, long result) {
#if defined(__x86_64__)
  context->uc_mcontext.gregs[REG_RAX] = result;
#else
  context->uc_mcontext.regs[0] = (unsigned long long)result;
#endif
}

/* The path that a call was to open. */
static const char *path_of(const ucontext_t *context, int number) {
  return (const char *)argument(context, number == SYS_openat ? 1 : 0);
}

/* Does what rt_sigprocmask was to do, to the mask that will hold when the handler returns; SIGSYS stays open. */
static long change_mask(ucontext_t *context) {
  enum { MASK_BYTES = 8 }; /* the kernel's; libc's sigset_t is longer */
  const void *set = (const void *)argument(context, 1);
  void *old = (void *)argument(context, 2);
  uint64_t mask, change;
  if (argument(context, 3) != MASK_BYTES) return -EINVAL;
  memcpy(&mask, &context->uc_sigmask, MASK_BYTES);
  if (set) memcpy(&change, set, MASK_BYTES);
  if (old) memcpy(old, &mask, MASK_BYTES);
  if (!set) return 0;
  if (argument(context, 0) == SIG_BLOCK) change |= mask;
  change &= ~(1ull << (SIGSYS - 1));
  memcpy(&context->uc_sigmask, &change, MASK_BYTES);
  return 0;
}

static void tell(int number, sb_need need, const ucontext_t *context) {
  if (number < 0 || need >= sizeof words / sizeof *words || !words[need]) return;
  const char *path = need == SB_NEED_OPEN || need == SB_NEED_OPEN_WRITE ? path_of(context, number) : NULL;
  if (path ? !is_news(&told_paths[hash(path) / 32], hash(path) % 32)
           : number < MAX_CALLS && !is_news(&told[number], need))
    return;
  const sb_call *call = sb_call_find(number);
  line out = {.length = 0};
  append(&out, "refused: ");
  append(&out, call ? call->name : "system call ");
  if (!call) append_number(&out, number);
  if (path) append(&out, " of "), append(&out, path);
  append(&out, words[need]);
  out.text[out.length++] = '\n';
  if (write(STDERR_FILENO, out.text, out.length) < 0) return; /* nobody listens */
}

/* Opens what open or openat was to open. */
static long open_through_gate(int number, const ucontext_t *context) {
  const int at = number == SYS_openat;
  const int folder = at ? (int)argument(context, 0) : AT_FDCWD, flags = (int)argument(context, at + 1);
  const long result = sb_gate_open(folder, path_of(context, number), flags, (unsigned)argument(context, at + 2));
  const bool writes = flags & (O_ACCMODE | O_CREAT | O_TRUNC);
  if (result == -EACCES || result == -EPERM) tell(number, writes ? SB_NEED_OPEN_WRITE : SB_NEED_OPEN, context);
  return result;
}

static void refuse(int signal, siginfo_t *info, void *context) {
  const int saved = errno;
  (void)signal;
  if (sb_refusal_observer) sb_refusal_observer(info->si_syscall, info->si_call_addr);
  if (info->si_errno == SB_NEED_MASK) {
    set_result(context, change_mask(context));
  } else if (info->si_errno == SB_NEED_GATE) {
    set_result(context, open_through_gate(info->si_syscall, context));
  } else {
    tell(info->si_syscall, (sb_need)info->si_errno, context);
    set_result(context, sb_call_find(info->si_syscall) ? -EPERM : -ENOSYS);
  }
  errno = saved;
}

bool sb_refusal_watch(void) {
  const struct sigaction action = {.sa_sigaction = refuse, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, SIGSYS);
  return sigaction(SIGSYS, &action, NULL) == 0 && sigprocmask(SIG_UNBLOCK, &only, NULL) == 0;
}

void sb_refusal_open_handlers(void) {
  static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
  for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) {
    struct sigaction action;
    if (sigaction(fatal[i], NULL, &action) != 0 || action.sa_handler == SIG_DFL) continue;
    sigdelset(&action.sa_mask, SIGSYS);
    sigaction(fatal[i], &action, NULL);
  }
}
