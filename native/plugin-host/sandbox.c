/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox.h"

#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "filter.h"
#include "identity.h"
#include "landlock.h"
#include "report.h"
#include "rlimits.h"

sb_status sb_sandbox_enter(const sb_options *options, sb_sandbox_report *report) {
  const int parent = getppid();
  *report = (sb_sandbox_report){0};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return sb_report_failure(report, "no_new_privs");
  sb_report_force(report, "no_new_privs");
  sb_status status = sb_limit_use(options, report);
  if (status == SB_OK) status = sb_identity_drop(options, report);
  /* From here on it is who it will be, and each step takes away what the next no longer needs. */
  const bool makes_others = options->permissions & (SB_PERMIT_PROCESSES | SB_PERMIT_THREADS);
  if (status == SB_OK) status = sb_limit_processes(options, makes_others && sb_identity_count_apart(), report);
  if (status == SB_OK) status = sb_identity_bind(parent, report);
  if (status == SB_OK) status = sb_landlock_enter(options, report);
  if (status == SB_OK) status = sb_identity_settle(report);
  if (status == SB_OK) status = sb_filter_enter(options, report);
  return status;
}

sb_status sb_sandbox_seal(const sb_options *options, sb_sandbox_report *report) {
  /* Not even another plugin of the same user may look into this one. */
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return sb_report_failure(report, "to be closed to others");
  return sb_filter_seal(options, report);
}
