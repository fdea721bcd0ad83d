/* SPDX-License-Identifier: Apache-2.0 */
#include "forbid.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"
#include "place.h"
#include "refusal.h"
#include "trial.h"

static pid_t real_time; /* the thread that is to only compute */

static void explain(int number, const void *address) {
  if (gettid() != real_time) return;
  const sb_call *call = sb_call_find(number);
  char where[160];
  place_describe(where, sizeof where, address);
  trial_fail("makes the system call %s (%d) in %s%s; a real-time thread only computes", call ? call->name : "number",
             number, trial_phase("a call of the checker's own"), where);
}

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define LOAD(FIELD) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, FIELD))
#define RETURN(WHAT) BPF_STMT(BPF_RET | BPF_K, WHAT)
#define JUMP_UNLESS(CONDITION, COUNT) BPF_STMT(BPF_JMP | BPF_JA, (CONDITION) ? 0 : COUNT)
#define ALLOW(CALL) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##CALL, 0, 1), RETURN(SECCOMP_RET_ALLOW)

static bool install(struct sock_filter *steps, size_t count, void (*observer)(int number, const void *address)) {
  const struct sock_fprog program = {.len = (unsigned short)count, .filter = steps};
  sb_refusal_observer = observer;
  real_time = gettid();
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

static bool allow_few(bool may_take_memory) {
  struct sock_filter filter[] = {
      LOAD(arch),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
      RETURN(SECCOMP_RET_TRAP),
      LOAD(nr),
      JUMP_UNLESS(may_take_memory, 10),
      ALLOW(brk),
      ALLOW(mmap),
      ALLOW(munmap),
      ALLOW(mremap),
      ALLOW(madvise),
      ALLOW(rt_sigreturn),
      ALLOW(exit_group),
      ALLOW(clock_gettime),
      ALLOW(getcpu),
      ALLOW(gettid), /* explain asks */
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex, 1, 0),
      RETURN(SECCOMP_RET_TRAP),
      LOAD(args[1]),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, FUTEX_CMD_MASK),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FUTEX_WAKE, 0, 1),
      RETURN(SECCOMP_RET_ALLOW),
      RETURN(SECCOMP_RET_TRAP),
  };
  return install(filter, sizeof filter / sizeof *filter, explain);
}

/* Threads that work for one another wait for one another too, stop one another by signals, and read how much memory there
 * is: these none of them needs. */
static const int forbidden[] = {
    SYS_write, SYS_writev,   SYS_pwrite64,    SYS_getdents64, SYS_ppoll,  SYS_pselect6, SYS_nanosleep, SYS_clock_nanosleep,
    SYS_fsync, SYS_fdatasync, SYS_epoll_pwait, SYS_socket,     SYS_connect, SYS_sendto,   SYS_recvfrom,
};
enum { FORBIDDEN = sizeof forbidden / sizeof *forbidden };

/* The sandbox looks at others for reasons of its own. */
static void explain_forbidden(int number, const void *address) {
  for (unsigned i = 0; i < FORBIDDEN; i++)
    if (forbidden[i] == number) explain(number, address);
}

static bool forbid_some(void) {
  struct sock_filter filter[FORBIDDEN + 3] = {LOAD(nr)};
  for (unsigned i = 0; i < FORBIDDEN; i++)
    filter[i + 1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)forbidden[i], FORBIDDEN - i, 0);
  filter[FORBIDDEN + 1] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
  filter[FORBIDDEN + 2] = (struct sock_filter)RETURN(SECCOMP_RET_TRAP);
  return install(filter, FORBIDDEN + 3, explain_forbidden);
}

bool forbid_calls(place_of_code place) {
  return place == CODE_IN_PROGRAM ? forbid_some() : allow_few(place == CODE_ADAPTED);
}
