/* SPDX-License-Identifier: Apache-2.0 */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
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

#include "bpf.h"
#include "calls.h"
#include "gate.h"
#include "refusal.h"

enum {
  SET_VMA = 0x53564d41, /* prctl: a name for a mapping, which a newer libc gives to its heap */
  NAMESPACES = 0x7e020000,
  WRITING = O_ACCMODE | O_CREAT | O_TRUNC,
};

static bool may(const sb_options *options, uint32_t permission) { return options->permissions & permission; }
/* Files without a byte fill a disk too. */
static bool may_write(const sb_options *options) {
  return options->write_count > 0 || (options->data && options->file_mb > 0);
}

/* Reading too is over when the library is loaded, unless a permission reads files, or a program what it is itself. */
static bool may_read_later(const sb_options *options) {
  return options->read_count > 0 || may_write(options) || options->data || options->permissions || options->program;
}

/* Nobody is there to be told of a refused call in a program that it starts, or until it is what it becomes. */
static bool has_become; /* what options->program says: sb_filter_tell */
static bool is_told(const sb_options *options) {
  return !may(options, SB_PERMIT_PROCESSES) && (has_become || !options->program);
}

static uint32_t refusal(const sb_options *options, sb_need need) {
  return !is_told(options) ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_TRAP | need;
}

/* What a call with that need gets. */
static uint32_t verdict(const sb_options *options, sb_need need) {
  bool granted = false;
  switch (need) {
    case SB_NEED_NOTHING: granted = true; break;
    case SB_NEED_NETWORK: granted = may(options, SB_PERMIT_NETWORK); break;
    case SB_NEED_PROCESSES: granted = may(options, SB_PERMIT_PROCESSES) || (options->program && !has_become); break;
    case SB_NEED_PROCESS: granted = may(options, SB_PERMIT_PROCESSES); break;
    case SB_NEED_THREAD: granted = may(options, SB_PERMIT_THREADS) || options->program; break;
    case SB_NEED_WRITE:
    case SB_NEED_OPEN_WRITE: granted = may_write(options); break;
    default: break;
  }
  return granted ? SECCOMP_RET_ALLOW : refusal(options, need);
}

/* The values of an argument that make a call harmless. */
static void allow_values(sb_bpf *to, int argument, const uint32_t *values, size_t count) {
  sb_bpf_load_argument(to, argument);
  for (size_t i = 0; i < count; i++) sb_bpf_if_equal(to, values[i], SECCOMP_RET_ALLOW);
}
#define ALLOW_VALUES(to, argument, ...)                       \
  allow_values(to, argument, (const uint32_t[]){__VA_ARGS__}, \
               sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

/* Whether a file may be opened is Landlock's to say: through the gate, so that its refusals are told. */
static void ask_open(sb_bpf *to, const sb_options *options, int flags) {
  const uint64_t passed = (uintptr_t)sb_gate_passed;
  sb_bpf_load_argument(to, flags);
  if (!may_write(options)) sb_bpf_if_any_bit(to, WRITING, refusal(options, SB_NEED_OPEN_WRITE));
  if (is_told(options)) {
    sb_bpf_load(to, offsetof(struct seccomp_data, instruction_pointer));
    sb_bpf_if_other(to, (uint32_t)passed, SECCOMP_RET_TRAP | SB_NEED_GATE);
    sb_bpf_load(to, offsetof(struct seccomp_data, instruction_pointer) + 4);
    sb_bpf_if_other(to, (uint32_t)(passed >> 32), SECCOMP_RET_TRAP | SB_NEED_GATE);
  }
  sb_bpf_answer(to, SECCOMP_RET_ALLOW);
}

static void ask_clone(sb_bpf *to, const sb_options *options) {
  sb_bpf_load_argument(to, 0);
  sb_bpf_if_any_bit(to, NAMESPACES | CLONE_PTRACE | CLONE_PARENT | CLONE_PIDFD, refusal(options, SB_NEVER));
  sb_bpf_if_any_bit(to, CLONE_THREAD, verdict(options, SB_NEED_THREAD));
  sb_bpf_answer(to, verdict(options, SB_NEED_PROCESS));
}

/* A signal to this process is its own affair; to those that it has started it may send them if it may start some. */
static void ask_signal(sb_bpf *to, const sb_options *options) {
  ALLOW_VALUES(to, 0, (uint32_t)getpid());
  sb_bpf_answer(to, may(options, SB_PERMIT_PROCESSES) ? SECCOMP_RET_ALLOW : refusal(options, SB_NEVER_OTHERS));
}

static void ask_socket(sb_bpf *to, const sb_options *options) {
  const bool network = may(options, SB_PERMIT_NETWORK);
  const bool is_local = options->service && options->service_port == 0;
  if (network && is_local) ALLOW_VALUES(to, 0, AF_UNIX);
  else if (network) ALLOW_VALUES(to, 0, AF_INET, AF_INET6);
  /* Resolvers try other families first, and do without. */
  sb_bpf_answer(to, network ? SECCOMP_RET_ERRNO | EAFNOSUPPORT : refusal(options, SB_NEED_NETWORK));
}

/* Of streams alone: a datagram of one goes to any socket of the machine that has a name. */
static void ask_socketpair(sb_bpf *to, const sb_options *options) {
  if (!may(options, SB_PERMIT_PROCESSES)) return sb_bpf_answer(to, refusal(options, SB_NEED_PROCESSES));
  ALLOW_VALUES(to, 1, SOCK_STREAM, SOCK_STREAM | SOCK_CLOEXEC, SOCK_STREAM | SOCK_NONBLOCK,
               SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK);
  sb_bpf_answer(to, refusal(options, SB_NEVER));
}

static void ask_ioctl(sb_bpf *to, const sb_options *options) {
  ALLOW_VALUES(to, 1, TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIOCLEX, FIONCLEX);
  sb_bpf_if_equal(to, TIOCSTI, refusal(options, SB_NEVER)); /* typing for somebody else */
  sb_bpf_if_equal(to, TIOCLINUX, refusal(options, SB_NEVER));
  sb_bpf_if_equal(to, FIOSETOWN, refusal(options, SB_NEVER)); /* signals for somebody else */
  sb_bpf_if_equal(to, SIOCSPGRP, refusal(options, SB_NEVER));
  sb_bpf_answer(to, verdict(options, SB_NEED_WRITE)); /* of a device that it was granted */
}

static void ask_fcntl(sb_bpf *to, const sb_options *options) {
  ALLOW_VALUES(to, 1, F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW,
               F_GETPIPE_SZ);
  sb_bpf_answer(to, refusal(options, SB_NEVER));
}

static void ask_prctl(sb_bpf *to, const sb_options *options) {
  ALLOW_VALUES(to, 0, PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_GET_SECCOMP, PR_GET_NO_NEW_PRIVS, PR_CAPBSET_READ,
               SET_VMA);
  sb_bpf_if_equal(to, PR_SET_DUMPABLE, SECCOMP_RET_ALLOW); /* the seal's */
  sb_bpf_answer(to, refusal(options, SB_NEVER));
}

/* Reading limits: without new ones, which both words of the pointer say. */
static void ask_prlimit(sb_bpf *to, const sb_options *options) {
  sb_bpf_load_argument(to, 2);
  sb_bpf_if_other(to, 0, refusal(options, SB_NEVER));
  sb_bpf_load(to, offsetof(struct seccomp_data, args[2]) + 4);
  sb_bpf_if_other(to, 0, refusal(options, SB_NEVER));
  sb_bpf_answer(to, SECCOMP_RET_ALLOW);
}

static void ask_sigaction(sb_bpf *to, const sb_options *options) {
  sb_bpf_load_argument(to, 0);
  if (is_told(options)) sb_bpf_if_equal(to, SIGSYS, refusal(options, SB_NEVER));
  sb_bpf_answer(to, SECCOMP_RET_ALLOW);
}

/* Threads are made with all signals blocked, and SIGSYS, blocked, would kill instead of telling. A program that has
 * threads may be making one now: it has to keep that mask open by itself. */
static void ask_mask(sb_bpf *to, const sb_options *options) {
  sb_bpf_load_argument(to, 0);
  if (is_told(options) && !has_become) {
    sb_bpf_if_equal(to, SIG_BLOCK, SECCOMP_RET_TRAP | SB_NEED_MASK);
    sb_bpf_if_equal(to, SIG_SETMASK, SECCOMP_RET_TRAP | SB_NEED_MASK);
  }
  sb_bpf_answer(to, SECCOMP_RET_ALLOW);
}

static void ask_argument(sb_bpf *to, const sb_options *options, int number) {
  switch (number) {
#if defined(__x86_64__)
    case SYS_open: return ask_open(to, options, 1);
#endif
    case SYS_openat: return ask_open(to, options, 2);
    case SYS_clone: return ask_clone(to, options);
    case SYS_kill:
    case SYS_tgkill: return ask_signal(to, options);
    case SYS_socket: return ask_socket(to, options);
    case SYS_socketpair: return ask_socketpair(to, options);
    case SYS_ioctl: return ask_ioctl(to, options);
    case SYS_fcntl: return ask_fcntl(to, options);
    case SYS_prctl: return ask_prctl(to, options);
    case SYS_prlimit64: return ask_prlimit(to, options);
    case SYS_rt_sigaction: return ask_sigaction(to, options);
    case SYS_rt_sigprocmask: return ask_mask(to, options);
    default:
      /* clone3, openat2: what they are to do lies in memory. mbind: OpenBLAS asks for it, and does without. */
      return sb_bpf_answer(to, SECCOMP_RET_ERRNO | ENOSYS);
  }
}

/* Of all calls. Where there are several, the one that tells goes before the one that only refuses. */
static sb_status install(const sb_options *options, sb_sandbox_report *report) {
  if (!sb_refusal_watch()) return sb_report_failure(report, "a handler of SIGSYS");
  sb_bpf made;
  sb_bpf_begin(&made);
  for (size_t i = 0; i < sb_call_count; i++) {
    if (sb_calls[i].need == SB_NEVER) continue; /* like all that are not in the table */
    sb_bpf_begin_call(&made, sb_calls[i].number);
    if (sb_calls[i].need == SB_NEED_ARGUMENT) ask_argument(&made, options, sb_calls[i].number);
    else sb_bpf_answer(&made, verdict(options, sb_calls[i].need));
    sb_bpf_end_call(&made);
  }
  const uint32_t unknown = is_told(options) ? SECCOMP_RET_TRAP | SB_NEVER : SECCOMP_RET_ERRNO | ENOSYS;
  return sb_bpf_install(&made, unknown) ? SB_OK : sb_report_failure(report, "seccomp");
}

sb_status sb_filter_enter(const sb_options *options, sb_sandbox_report *report) {
  if (!sb_bpf_is_available()) {
    sb_report_lack(report, "no seccomp (%s), so system calls are not filtered", strerror(errno));
    return SB_OK;
  }
  const sb_status status = install(options, report);
  if (status == SB_OK) sb_report_force(report, "seccomp");
  return status;
}

sb_status sb_filter_tell(const sb_options *options, sb_sandbox_report *report) {
  has_become = true;
  sb_refusal_open_handlers();
  return is_told(options) && sb_bpf_is_available() ? install(options, report) : SB_OK;
}

static void seal_open(sb_bpf *to, const sb_options *options, int number, int flags) {
  sb_bpf_begin_call(to, number);
  sb_bpf_load_argument(to, flags);
  sb_bpf_if_any_bit(to, WRITING, refusal(options, SB_NEED_OPEN_WRITE));
  sb_bpf_answer(to, refusal(options, SB_NEED_OPEN));
  sb_bpf_end_call(to);
}

static void seal_executable(sb_bpf *to, const sb_options *options, int number) {
  sb_bpf_begin_call(to, number);
  sb_bpf_load_argument(to, 2);
  sb_bpf_if_any_bit(to, PROT_EXEC, refusal(options, SB_NEVER_EXECUTABLE));
  sb_bpf_answer(to, SECCOMP_RET_ALLOW);
  sb_bpf_end_call(to);
}

sb_status sb_filter_seal(const sb_options *options, sb_sandbox_report *report) {
  if (!sb_bpf_is_available()) return SB_OK;
  sb_bpf made;
  sb_bpf_begin(&made);
  if (is_told(options) && !options->program) { /* programs load themselves just so, and compile */
    seal_executable(&made, options, SYS_mmap);
    seal_executable(&made, options, SYS_mprotect);
  }
  if (!may_read_later(options)) {
    seal_open(&made, options, SYS_openat, 2);
#if defined(__x86_64__)
    seal_open(&made, options, SYS_open, 1);
#endif
  }
  sb_bpf_begin_call(&made, SYS_prctl);
  sb_bpf_load_argument(&made, 0);
  sb_bpf_if_equal(&made, PR_SET_DUMPABLE, refusal(options, SB_NEVER));
  sb_bpf_answer(&made, SECCOMP_RET_ALLOW);
  sb_bpf_end_call(&made);
  sb_bpf_begin_call(&made, SYS_seccomp);
  sb_bpf_answer(&made, refusal(options, SB_NEVER));
  sb_bpf_end_call(&made);
  return sb_bpf_install(&made, SECCOMP_RET_ALLOW) ? SB_OK : sb_report_failure(report, "the second seccomp filter");
}
