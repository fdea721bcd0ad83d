/* SPDX-License-Identifier: Apache-2.0 */
#include "within.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assignment.h"
#include "crash.h"
#include "error.h"
#include "trial.h"

static assignment assigned;

void within_hand_on(const assignment *of, char out[WITHIN_WORDS]) {
  const int length = snprintf(out, WITHIN_WORDS, "%d ", trial_hand_on());
  assignment_write(of, out + length, WITHIN_WORDS - (size_t)length);
}

void within_begin(const char *words) {
  const char *rest = strchr(words, ' ');
  if (!rest || !trial_take_up(atoi(words)) || !assignment_read(rest, &assigned)) _exit(2);
  assignment_prepare();
}

void within_fail(const char *words) { trial_fail("%s", words); }

void within_run(const sb_registry *registry, const sb_options *options, sb_sandbox_report *report,
                place_of_code place) {
  rig_host = &sb_engine_host;
  if (assignment_wants_seal(&assigned) && sb_sandbox_seal(options, report) != SB_OK)
    trial_skip("this machine has no sandbox to run it in: %s", report->problem);
  trial_end();
  crash_explain_fences();
  assignment_run(&assigned, &(opened){.registry = registry, .place = place});
  trial_pass();
}
