/* SPDX-License-Identifier: Apache-2.0
 *
 * What a plugin's process may use up, as rlimits.
 */
#ifndef STAGEBOX_SANDBOX_RLIMITS_H
#define STAGEBOX_SANDBOX_RLIMITS_H

#include <stdbool.h>

#include "report.h"

enum {
  SB_UNRESTED_S = 3, /* a thread at real-time priority that has not slept for so long is killed, with its process */
  SB_MAX_SIGNALS = 64, /* with a value, that wait for somebody to take them */
  SB_MAX_THREADS = 16, /* of a plugin, with permission=threads */
};

/* Memory, files, real-time priority. */
sb_status sb_limit_use(const sb_options *options, sb_sandbox_report *report);

/* Processes and threads: where the library may make some, they are to be counted apart (sb_identity_count_apart). */
sb_status sb_limit_processes(const sb_options *options, bool is_apart, sb_sandbox_report *report);

#endif
