/* SPDX-License-Identifier: Apache-2.0
 *
 * The system calls that the sandbox knows: what each needs, and its name for the log. Those that look at their
 * arguments too (clone, openat) stand in filter.c.
 */
#ifndef STAGEBOX_SANDBOX_CALLS_H
#define STAGEBOX_SANDBOX_CALLS_H

#include <stddef.h>
#include <stdint.h>

/* Why a call is refused, or not: it travels from the filter to the log as the data of SECCOMP_RET_TRAP. */
typedef enum sb_need {
  SB_NEED_NOTHING,
  SB_NEED_NETWORK,
  SB_NEED_PROCESSES,
  SB_NEED_WRITE,     /* a call that changes folders or files */
  SB_NEED_ARGUMENT,  /* depends on an argument: filter.c */
  SB_NEED_OPEN,      /* a file is opened, or a folder, to read */
  SB_NEED_OPEN_WRITE,
  SB_NEED_THREAD,    /* clone of a thread */
  SB_NEED_PROCESS,   /* clone of a process */
  SB_NEED_GATE,      /* a file is opened that may be, as far as the filter knows (gate.h) */
  SB_NEED_MASK,      /* rt_sigprocmask, which may block all signals but the filter's (refusal.c) */
  SB_NEVER,
  SB_NEVER_OTHERS,     /* not of another process */
  SB_NEVER_EXECUTABLE, /* not of memory that is code, once the library has registered */
} sb_need;

typedef struct sb_call {
  int number;
  sb_need need;
  const char *name;
} sb_call;

extern const sb_call sb_calls[];
extern const size_t sb_call_count;

/* NULL if it is not in the table. [any] */
const sb_call *sb_call_find(int number);

#endif
