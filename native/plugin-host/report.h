/* SPDX-License-Identifier: Apache-2.0
 *
 * How the parts of the sandbox say what they did. All [control].
 */
#ifndef STAGEBOX_SANDBOX_REPORT_H
#define STAGEBOX_SANDBOX_REPORT_H

#include "sandbox.h"

/* Adds to in_force, or to lacking. */
void sb_report_force(sb_sandbox_report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sb_report_lack(sb_sandbox_report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Says why the sandbox failed, with errno's words behind it; returns SB_UNSUPPORTED. */
sb_status sb_report_failure(sb_sandbox_report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
