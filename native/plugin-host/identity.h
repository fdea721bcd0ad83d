/* SPDX-License-Identifier: Apache-2.0
 *
 * Who a plugin's process is: nobody, with next to no capability, and not longer alive than who started it.
 */
#ifndef STAGEBOX_SANDBOX_IDENTITY_H
#define STAGEBOX_SANDBOX_IDENTITY_H

#include <stdbool.h>

#include "report.h"

enum { SB_NOBODY = 65534 };

/* Root becomes SB_NOBODY, to whom it gives the data folder, and keeps one right: to pass files that are closed to
 * others. Everybody else loses all capabilities. */
sb_status sb_identity_drop(const sb_options *options, sb_sandbox_report *report);

/* Takes that right too, unless Landlock now says where it holds. */
sb_status sb_identity_settle(sb_sandbox_report *report);

/* Enters a user namespace of its own, in which RLIMIT_NPROC counts nobody else's processes. False: the system does not
 * let it. */
bool sb_identity_count_apart(void);

/* Dies with its parent, and can open its own /proc/self/fd: both end with a change of user, so they come last. */
sb_status sb_identity_bind(int parent, sb_sandbox_report *report);

#endif
