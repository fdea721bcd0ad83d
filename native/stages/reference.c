/* SPDX-License-Identifier: Apache-2.0
 *
 * Re-reference to some of the channels: linked ears, mastoids, Cz.
 */
#include "reference_stage.h"

static const sb_param params[] = {
    {.id = "channels", .kind = SB_PARAM_NAMES, .flags = SB_PARAM_REQUIRED,
     .description = "Channels whose mean is the new reference; they stay in the output."},
};

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  return reference_stage_activate(self, host, in, "channels", false);
}

const sb_stage_class sb_stage_reference = {
    REFERENCE_STAGE_CLASS,
    .type = "reference",
    .name = "Reference",
    .description = "Subtracts the mean of the named channels (A1 and A2: linked ears) from every channel.",
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .activate = activate,
};
