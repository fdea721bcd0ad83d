/* SPDX-License-Identifier: Apache-2.0
 *
 * The seccomp filters: a list of system calls that may be made, made from the table of calls.h.
 *
 * A refused call raises SIGSYS in the thread that made it (SECCOMP_RET_TRAP), whose handler tells why (refusal.h).
 * Programs that a plugin starts have no such handler: where it may start some, refused calls just fail, and nothing is
 * told. Nor is it in one that its process is about to become, until that says so.
 */
#ifndef STAGEBOX_SANDBOX_FILTER_H
#define STAGEBOX_SANDBOX_FILTER_H

#include "report.h"

sb_status sb_filter_enter(const sb_options *options, sb_sandbox_report *report);

/* In the program that options->program names, once this process is that: from here on refusals are told there as well,
 * and no other program can be started. */
sb_status sb_filter_tell(const sb_options *options, sb_sandbox_report *report);

/* The last filter, on top of the others, for all threads. */
sb_status sb_filter_seal(const sb_options *options, sb_sandbox_report *report);

#endif
