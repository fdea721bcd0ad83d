/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin's process takes away its own rights, for good, before it opens the library:
 *
 *     rlimits   those of memory, file sizes, open files, processes, and time without a rest at real-time priority
 *     identity  root becomes user 65534; no capabilities; ends with the process that started it
 *     landlock  only the files that it was granted, and no TCP; signals to nobody outside
 *     filter    only the system calls that a computing library needs, and those that its permissions open
 *
 * They are layers: each holds when another has a hole. What is refused fails with EPERM and writes a line to stderr,
 * once for each call, that names the permission it would need (refusal.h). The plugin may undo that handler; then it
 * dies of the next refused call instead.
 *
 * The plugin's process must be started with stderr a pipe (no file grows beyond file_mb, which is 0 as a rule), with no
 * file or variable of the environment that it is not to see, and by a thread that outlives it: it is killed when that
 * ends.
 */
#ifndef STAGEBOX_SANDBOX_H
#define STAGEBOX_SANDBOX_H

#include "options.h"

typedef struct sb_sandbox_report {
  char in_force[128]; /* "no_new_privs, rlimits, user 65534, Landlock 7, seccomp" */
  char lacking[512];  /* what this kernel cannot do, or a grant that will not help: sentences, or "" */
  char problem[256];  /* why it failed */
} sb_sandbox_report;

/* Before the library is opened, from the process's only thread. SB_UNSUPPORTED, and `problem` says why, if the process
 * is not safe to use: end it. What an old kernel lacks does not fail, but stands in `lacking`. */
sb_status sb_sandbox_enter(const sb_options *options, sb_sandbox_report *report);

/* When the library has registered: no file is opened any more unless some were granted, and no memory becomes code, for
 * the threads that it may have started too. This is against whoever gets hold of an honest library by its data; one
 * that is hostile from the start has run by now, and may only pretend to be sealed. What was entered holds for it all
 * the same. */
sb_status sb_sandbox_seal(const sb_options *options, sb_sandbox_report *report);

#endif
