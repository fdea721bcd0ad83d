/* SPDX-License-Identifier: Apache-2.0
 *
 * The seccomp filters: a list of system calls that may be made, made from the table of calls.h.
 *
 * A refused call raises SIGSYS in the thread that made it (SECCOMP_RET_TRAP), whose handler tells why (refusal.h).
 * Programs that a plugin starts have no such handler: where it may start some, refused calls just fail, and nothing is
 * told.
 */
#ifndef STAGEBOX_SANDBOX_FILTER_H
#define STAGEBOX_SANDBOX_FILTER_H

#include "report.h"

sb_status sb_filter_enter(const sb_options *options, sb_sandbox_report *report);

/* The second filter, on top of the first, for all threads. */
sb_status sb_filter_seal(const sb_options *options, sb_sandbox_report *report);

#endif
