/* SPDX-License-Identifier: Apache-2.0 */
#include "calls.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "place.h"
#include "trial.h"

#define NAME(CALL) {SYS_##CALL, #CALL}
static const struct {
  int number;
  const char *name;
} names[] = {
    NAME(read), NAME(write), NAME(readv), NAME(writev), NAME(pread64), NAME(pwrite64), NAME(openat), NAME(close), NAME(lseek),
    NAME(fstat), NAME(ioctl), NAME(fcntl), NAME(fsync), NAME(mmap), NAME(munmap), NAME(mremap), NAME(mprotect), NAME(madvise), NAME(brk),
    NAME(futex), NAME(nanosleep), NAME(clock_nanosleep), NAME(ppoll), NAME(pselect6), NAME(epoll_pwait), NAME(sched_yield),
    NAME(socket), NAME(connect), NAME(bind), NAME(sendto), NAME(recvfrom), NAME(sendmsg), NAME(recvmsg), NAME(clone), NAME(clone3),
    NAME(execve), NAME(wait4), NAME(waitid), NAME(kill), NAME(tgkill), NAME(getrandom), NAME(getpid), NAME(gettid), NAME(pipe2),
    NAME(unlinkat), NAME(mkdirat), NAME(renameat2), NAME(ftruncate), NAME(rt_sigprocmask), NAME(rt_sigaction), NAME(rt_sigtimedwait),
    NAME(timerfd_create), NAME(eventfd2), NAME(memfd_create), NAME(prctl), NAME(getdents64), NAME(newfstatat), NAME(statx),
#ifdef SYS_open
    NAME(open), NAME(stat), NAME(poll), NAME(select), NAME(fork), NAME(vfork), NAME(pause), NAME(access), NAME(unlink), NAME(creat),
#endif
};

static const char *name_of(int number) {
  static char unknown[24];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].number == number) return names[i].name;
  snprintf(unknown, sizeof unknown, "number %d", number);
  return unknown;
}

static void explain(int number, siginfo_t *info, void *context) {
  (void)number, (void)context;
  const char *phase = trial_verdict->phase;
  char where[160];
  place_describe(where, sizeof where, info->si_call_addr);
  trial_fail("makes the system call %s in %s%s; a real-time thread only computes", name_of(info->si_syscall),
             phase ? phase : "a call of the checker's own", where);
}

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define LOAD(FIELD) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, FIELD))
#define RETURN(WHAT) BPF_STMT(BPF_RET | BPF_K, WHAT)
#define ALLOW(CALL) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##CALL, 0, 1), RETURN(SECCOMP_RET_ALLOW)

bool calls_forbid(void) {
  struct sock_filter filter[] = {
      LOAD(arch),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
      RETURN(SECCOMP_RET_TRAP),
      LOAD(nr),
      ALLOW(rt_sigreturn),
      ALLOW(exit_group),
      ALLOW(clock_gettime),
      ALLOW(getcpu),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex, 1, 0),
      RETURN(SECCOMP_RET_TRAP),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, FUTEX_CMD_MASK),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FUTEX_WAKE, 0, 1),
      RETURN(SECCOMP_RET_ALLOW),
      RETURN(SECCOMP_RET_TRAP),
  };
  const struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
  struct sigaction action = {.sa_sigaction = explain, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaction(SIGSYS, &action, NULL);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
