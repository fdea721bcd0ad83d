/* SPDX-License-Identifier: Apache-2.0
 *
 * Files and TCP ports, as Landlock has them (Linux 5.13 and later): nothing but what was granted.
 */
#ifndef STAGEBOX_SANDBOX_LANDLOCK_H
#define STAGEBOX_SANDBOX_LANDLOCK_H

#include "report.h"

/* As the user that it is by now: a grant that this user cannot use stands in `lacking`. */
sb_status sb_landlock_enter(const sb_options *options, sb_sandbox_report *report);

#endif
