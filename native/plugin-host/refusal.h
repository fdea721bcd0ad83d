/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes of a refused system call: it fails with EPERM (ENOSYS if this version does not know it), and the first
 * time (of each path, if it opens files) a line on stderr tells which permission it would need:
 *
 *     refused: socket needs permission network
 *     refused: openat of /etc/passwd needs permission read
 *     refused: ptrace is never allowed
 */
#ifndef STAGEBOX_SANDBOX_REFUSAL_H
#define STAGEBOX_SANDBOX_REFUSAL_H

#include <stdbool.h>

/* Called first, in the handler, with the call's number and the place that made it; NULL: nobody asks. */
extern void (*sb_refusal_observer)(int number, const void *address);

/* Installs the handler of SIGSYS. */
bool sb_refusal_watch(void);

/* Handlers of fatal signals that are there already run with SIGSYS open, so that what they may not do does not hide what
 * happened. */
void sb_refusal_open_handlers(void);

#endif
