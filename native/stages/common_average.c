/* SPDX-License-Identifier: Apache-2.0
 *
 * The common average reference.
 */
#include "reference_stage.h"

static const sb_param params[] = {
    {.id = "exclude", .kind = SB_PARAM_NAMES, .fallback = "[]",
     .description = "Channels that neither count in the average nor have it taken away: ECG, bad electrodes."},
};

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  return reference_stage_activate(self, host, in, "exclude", true);
}

const sb_stage_class sb_stage_common_average = {
    REFERENCE_STAGE_CLASS,
    .type = "common_average",
    .name = "Common average reference",
    .description = "Subtracts the mean of all channels from each of them.",
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .activate = activate,
};
