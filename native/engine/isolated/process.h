/* SPDX-License-Identifier: Apache-2.0
 *
 * One stagebox-plugin-host process: started, talked to, kept within its limits, and ended for certain. It leads a group
 * of its own, so that what it may have started ends with it. Only its own descriptor is ever waited for: others in this
 * process have children too.
 */
#ifndef STAGEBOX_PROCESS_H
#define STAGEBOX_PROCESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "channel.h"

/* How the host ends when a plugin has used up its memory (plugin-host/last_words.h), and when a call of it failed in
 * block after block (runtimes/python/adapter.py), and when a component trapped (src/plugins/wasm/last-words.ts). */
enum { SB_EXIT_MEMORY = 112, SB_EXIT_FAILURES = 113, SB_EXIT_FALLEN = 114 };

typedef struct sb_process_limits {
  uint32_t memory_mb, cpu_percent, file_mb;
  const char *data; /* its data folder, or NULL; stays the caller's */
} sb_process_limits;

typedef struct sb_process {
  pid_t pid;
  int handle;            /* a pidfd */
  sb_channel channel;
  sb_process_limits limits;
  _Atomic bool is_over;  /* it was waited for */
  char words[256];       /* how it ended */
  double cpu_ns;         /* when it was last looked at */
  int priority;          /* real-time, that it is to have; 0: none */
  double share;          /* of a core, that it used at real-time priority lately */
  int64_t counted_ns;    /* when its data folder was looked at last */
  int64_t judged_ns;     /* when that was last reckoned, */
  double judged_cpu_ns;  /* with so much used before */
  _Atomic int64_t ordinary_until_ns; /* it was late or greedy, and has no real-time priority until then; 0: it has */
  int64_t window_ns;     /* when the present span of CPU time began, */
  double window_cpu_ns;  /* with so much used before */
} sb_process;

/* Starts the program of sb_set_plugin_host on the library in `file`, its output and errors going to `log`. NULL:
 * sb_last_error says why. [control] */
sb_process *sb_process_start(const char *name, int file, int log, sb_process_limits limits);

/* Whether it is alive: what is known, or asked of the kernel without waiting. [rt] */
bool sb_process_is_alive(const sb_process *process);

/* Looks after it: waits for it if it has ended, and ends it if it has used more than its limits. True while it lives;
 * otherwise `words` say how it ended. [control] */
bool sb_process_tend(sb_process *process);

/* Ends it now; the words, if it was not over yet, are `why`. [control] */
void sb_process_kill(sb_process *process, const char *why);

/* A real-time priority just below that of the thread that calls it, so that it cannot keep that thread waiting; if the
 * system lets it, and only while it leaves others some of its core. [control] */
void sb_process_follow_priority(sb_process *process, int priority);

/* Takes that priority away for a while: it has had its time, and others shall have theirs. Never blocks. [rt] */
void sb_process_yield(sb_process *process, int64_t ns);

void sb_process_usage(const sb_process *process, double *memory_bytes, double *cpu_ns); /* [control] */

/* Gives it a moment to end by itself, if it `was_asked` to; the caller hardly waits. [control] */
void sb_process_destroy(sb_process *process, bool was_asked);

#endif
