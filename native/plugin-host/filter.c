/* SPDX-License-Identifier: Apache-2.0
 *
 * A program of classic BPF that is one list of questions: "is it this call?", and if so an answer, behind arguments in
 * some cases. Numbers of another architecture, or of x32, would mean other calls than they seem to: they kill.
 */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"
#include "refusal.h"

#if defined(__x86_64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

enum {
  MAX_STEPS = 1024,
  X32_CALLS = 0x40000000,
  SET_VMA = 0x53564d41, /* prctl: a name for a mapping, which a newer libc gives to its heap */
  NAMESPACES = 0x7e020000 | CLONE_PTRACE | CLONE_PARENT | CLONE_PIDFD,
  WRITING = O_ACCMODE | O_CREAT | O_TRUNC,
};

typedef struct program {
  struct sock_filter steps[MAX_STEPS];
  size_t count;
  const sb_options *options;
} program;

static void step(program *to, uint16_t code, uint32_t operand, uint8_t if_true, uint8_t if_false) {
  if (to->count < MAX_STEPS) to->steps[to->count] = (struct sock_filter){code, if_true, if_false, operand};
  to->count++; /* beyond MAX_STEPS the kernel will refuse it */
}

static void load(program *to, size_t offset) { step(to, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0); }
static void answer(program *to, uint32_t action) { step(to, BPF_RET | BPF_K, action, 0, 0); }

/* Low and high word of an argument; both architectures are little-endian. */
static void load_low(program *to, int argument) { load(to, offsetof(struct seccomp_data, args[argument])); }
static void load_high(program *to, int argument) { load(to, offsetof(struct seccomp_data, args[argument]) + 4); }

static bool may(const program *of, uint32_t permission) { return of->options->permissions & permission; }
static bool may_write(const program *of) { return of->options->write_count > 0 || of->options->data; }

/* Reading too is over when the library is loaded, unless a permission reads files. */
static bool may_read_later(const sb_options *options) {
  return options->read_count > 0 || options->write_count > 0 || options->data || options->permissions;
}

static uint32_t refusal(const program *of, sb_need need) {
  return may(of, SB_PERMIT_PROCESSES) ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_TRAP | need;
}

/* What a call that has that need gets. */
static uint32_t verdict(const program *of, sb_need need) {
  const bool granted = need == SB_NEED_NOTHING || need == SB_NEED_OPEN ||
                       (need == SB_NEED_NETWORK && may(of, SB_PERMIT_NETWORK)) ||
                       ((need == SB_NEED_PROCESSES || need == SB_NEED_PROCESS) && may(of, SB_PERMIT_PROCESSES)) ||
                       (need == SB_NEED_THREAD && may(of, SB_PERMIT_THREADS)) ||
                       ((need == SB_NEED_WRITE || need == SB_NEED_OPEN_WRITE) && may_write(of));
  return granted ? SECCOMP_RET_ALLOW : refusal(of, need);
}

/* These answers, where the loaded word masked is that value. */
static void if_equal(program *to, uint32_t value, uint32_t action) {
  step(to, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
  answer(to, action);
}
static void if_any_bit(program *to, uint32_t bits, uint32_t action) {
  step(to, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
  answer(to, action);
}

static void ask_open(program *to, int flags_argument) {
  load_low(to, flags_argument);
  if_any_bit(to, WRITING, verdict(to, SB_NEED_OPEN_WRITE));
  answer(to, verdict(to, SB_NEED_OPEN));
}

static void ask_clone(program *to) {
  load_low(to, 0);
  if_any_bit(to, NAMESPACES, refusal(to, SB_NEVER));
  if_any_bit(to, CLONE_THREAD, verdict(to, SB_NEED_THREAD));
  answer(to, verdict(to, SB_NEED_PROCESS));
}

/* A signal to this process is its own affair; to those it started it may send them with the permission for these. */
static void ask_signal(program *to) {
  load_low(to, 0);
  if_equal(to, (uint32_t)getpid(), SECCOMP_RET_ALLOW);
  answer(to, may(to, SB_PERMIT_PROCESSES) ? SECCOMP_RET_ALLOW : refusal(to, SB_NEVER_OTHERS));
}

static void ask_socket(program *to) {
  load_low(to, 0);
  if_equal(to, AF_INET, verdict(to, SB_NEED_NETWORK));
  if_equal(to, AF_INET6, verdict(to, SB_NEED_NETWORK));
  /* Resolvers try these first, and do without. */
  answer(to, may(to, SB_PERMIT_NETWORK) ? SECCOMP_RET_ERRNO | EAFNOSUPPORT : refusal(to, SB_NEED_NETWORK));
}

static void ask_ioctl(program *to) {
  static const uint32_t harmless[] = {TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIOCLEX, FIONCLEX};
  static const uint32_t typing[] = {TIOCSTI, TIOCLINUX};
  load_low(to, 1);
  for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) if_equal(to, harmless[i], SECCOMP_RET_ALLOW);
  for (size_t i = 0; i < sizeof typing / sizeof *typing; i++) if_equal(to, typing[i], refusal(to, SB_NEVER));
  answer(to, verdict(to, SB_NEED_WRITE)); /* of a device that it was granted */
}

static void ask_fcntl(program *to) {
  static const uint32_t harmless[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW, F_GETPIPE_SZ};
  load_low(to, 1);
  for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) if_equal(to, harmless[i], SECCOMP_RET_ALLOW);
  answer(to, refusal(to, SB_NEVER));
}

static void ask_prctl(program *to) {
  static const uint32_t harmless[] = {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_GET_SECCOMP, PR_GET_NO_NEW_PRIVS, PR_CAPBSET_READ, SET_VMA};
  load_low(to, 0);
  for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) if_equal(to, harmless[i], SECCOMP_RET_ALLOW);
  if_equal(to, PR_SET_DUMPABLE, SECCOMP_RET_ALLOW); /* the seal's */
  answer(to, refusal(to, SB_NEVER));
}

/* Reading limits, that is without new ones. */
static void ask_prlimit(program *to) {
  load_low(to, 2);
  step(to, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
  answer(to, refusal(to, SB_NEVER));
  load_high(to, 2);
  if_equal(to, 0, SECCOMP_RET_ALLOW);
  answer(to, refusal(to, SB_NEVER));
}

static void ask_sigaction(program *to) {
  load_low(to, 0);
  if_equal(to, SIGSYS, refusal(to, SB_NEVER));
  answer(to, SECCOMP_RET_ALLOW);
}

/* Threads are made with all signals blocked, and SIGSYS, blocked, would kill instead of telling. */
static void ask_mask(program *to) {
  if (!may(to, SB_PERMIT_PROCESSES)) {
    load_low(to, 0);
    if_equal(to, SIG_BLOCK, SECCOMP_RET_TRAP | SB_NEED_MASK);
    if_equal(to, SIG_SETMASK, SECCOMP_RET_TRAP | SB_NEED_MASK);
  }
  answer(to, SECCOMP_RET_ALLOW);
}

static void ask_argument(program *to, int number) {
  switch (number) {
#if defined(__x86_64__)
    case SYS_open: return ask_open(to, 1);
#endif
    case SYS_openat: return ask_open(to, 2);
    case SYS_clone: return ask_clone(to);
    case SYS_kill:
    case SYS_tgkill: return ask_signal(to);
    case SYS_socket: return ask_socket(to);
    case SYS_ioctl: return ask_ioctl(to);
    case SYS_fcntl: return ask_fcntl(to);
    case SYS_prctl: return ask_prctl(to);
    case SYS_prlimit64: return ask_prlimit(to);
    case SYS_rt_sigaction: return ask_sigaction(to);
    case SYS_rt_sigprocmask: return ask_mask(to);
    default: return answer(to, SECCOMP_RET_ERRNO | ENOSYS); /* clone3, openat2: what they are to do lies in memory */
  }
}

/* Opens the list with the call's number loaded. */
static void begin(program *to, const sb_options *options) {
  to->count = 0;
  to->options = options;
  load(to, offsetof(struct seccomp_data, arch));
  step(to, BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCHITECTURE, 1, 0);
  answer(to, SECCOMP_RET_KILL_PROCESS);
  load(to, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
  step(to, BPF_JMP | BPF_JGE | BPF_K, X32_CALLS, 0, 1);
  answer(to, SECCOMP_RET_KILL_PROCESS);
#endif
}

/* Around what is asked only about that call: every question ends in an answer, so the jump goes behind the last. */
static size_t begin_call(program *to, int number) {
  step(to, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 0);
  return to->count;
}
static void end_call(program *to, size_t begun) {
  if (to->count - begun > UINT8_MAX) to->count = MAX_STEPS + 1; /* farther than a jump goes */
  if (begun > 0 && begun <= MAX_STEPS) to->steps[begun - 1].jf = (uint8_t)(to->count - begun);
}

static sb_status install(program *made, sb_sandbox_report *report) {
  const struct sock_fprog code = {.len = (unsigned short)made->count, .filter = made->steps};
  if (made->count > MAX_STEPS) errno = E2BIG;
  else if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &code) == 0) return SB_OK;
  return sb_report_failure(report, "seccomp");
}

static bool is_available(void) {
  const uint32_t trap = SECCOMP_RET_TRAP;
  return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &trap) == 0;
}

sb_status sb_filter_enter(const sb_options *options, sb_sandbox_report *report) {
  if (!is_available()) {
    sb_report_lack(report, "no seccomp (%s), so system calls are not filtered", strerror(errno));
    return SB_OK;
  }
  if (!sb_refusal_watch()) return sb_report_failure(report, "a handler of SIGSYS");
  program made;
  begin(&made, options);
  for (size_t i = 0; i < sb_call_count; i++) {
    const sb_call *call = &sb_calls[i];
    if (call->need == SB_NEVER) continue; /* like all that are not in the table */
    const size_t begun = begin_call(&made, call->number);
    if (call->need == SB_NEED_ARGUMENT) ask_argument(&made, call->number);
    else answer(&made, verdict(&made, call->need));
    end_call(&made, begun);
  }
  answer(&made, may(&made, SB_PERMIT_PROCESSES) ? SECCOMP_RET_ERRNO | ENOSYS : SECCOMP_RET_TRAP | SB_NEVER);
  const sb_status status = install(&made, report);
  if (status == SB_OK) sb_report_force(report, "seccomp");
  return status;
}

static void seal_open(program *to, int number, int flags_argument) {
  const size_t begun = begin_call(to, number);
  load_low(to, flags_argument);
  if_any_bit(to, WRITING, refusal(to, SB_NEED_OPEN_WRITE));
  answer(to, refusal(to, SB_NEED_OPEN));
  end_call(to, begun);
}

static void seal_executable(program *to, int number) {
  const size_t begun = begin_call(to, number);
  load_low(to, 2);
  if_any_bit(to, PROT_EXEC, refusal(to, SB_NEVER_EXECUTABLE));
  answer(to, SECCOMP_RET_ALLOW);
  end_call(to, begun);
}

sb_status sb_filter_seal(const sb_options *options, sb_sandbox_report *report) {
  if (!is_available()) return SB_OK;
  program made;
  begin(&made, options);
  if (!may(&made, SB_PERMIT_PROCESSES)) { /* programs load themselves just so */
    seal_executable(&made, SYS_mmap);
    seal_executable(&made, SYS_mprotect);
  }
  if (!may_read_later(options)) {
    seal_open(&made, SYS_openat, 2);
#if defined(__x86_64__)
    seal_open(&made, SYS_open, 1);
#endif
  }
  size_t begun = begin_call(&made, SYS_prctl);
  load_low(&made, 0);
  if_equal(&made, PR_SET_DUMPABLE, refusal(&made, SB_NEVER));
  answer(&made, SECCOMP_RET_ALLOW);
  end_call(&made, begun);
  begun = begin_call(&made, SYS_seccomp);
  answer(&made, refusal(&made, SB_NEVER));
  end_call(&made, begun);
  answer(&made, SECCOMP_RET_ALLOW);
  return install(&made, report);
}
