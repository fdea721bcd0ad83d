/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps one frame of several, behind an anti-alias filter.
 */
#include <stdlib.h>

#include "edge_check.h"
#include "rate_stage.h"

static const sb_param params[] = {
    {.id = "factor", .kind = SB_PARAM_INTEGER, .minimum = 1, .maximum = 256, .fallback = "4",
     .description = "The rate is divided by it."},
    RATE_STAGE_REACH,
};

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  rate_stage *stage = self;
  const sb_status status = rate_check(host, in);
  return status == SB_OK ? rate_stage_activate(stage, host, in, out, 1, (uint32_t)stage->wanted) : status;
}

const sb_stage_class sb_stage_decimate = {
    .size = sizeof(sb_stage_class),
    .type = "decimate",
    .name = "Decimate",
    .category = "filter",
    .description = "Divides the rate by a whole number, behind an anti-alias filter.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_SIGNAL,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = rate_stage_create,
    .activate = activate,
    .process = rate_stage_process,
    .deactivate = rate_stage_deactivate,
    .destroy = free,
    .extension = rate_stage_extension,
};
