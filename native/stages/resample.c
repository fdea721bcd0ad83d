/* SPDX-License-Identifier: Apache-2.0
 *
 * Gives a signal another rate.
 */
#include <stdlib.h>

#include "edge_check.h"
#include "rate_stage.h"

enum { MAX_UP = 64, MAX_DOWN = 256 /* times the rate of the input */ };

static const sb_param params[] = {
    {.id = "rate_hz", .kind = SB_PARAM_NUMBER, .unit = "Hz", .minimum = 0.001, .maximum = 1e6, .fallback = "250",
     .description = "The new rate, in a ratio of whole numbers up to 4096 to the old one."},
    RATE_STAGE_REACH,
};

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  rate_stage *stage = self;
  uint32_t up, down;
  const sb_status status = rate_check(host, in);
  if (status != SB_OK) return status;
  const double ratio = stage->wanted / in->rate_hz;
  if (!(ratio <= MAX_UP && ratio * MAX_DOWN >= 1))
    return host->fail(host, SB_INVALID, "rate_hz: %g Hz is too far from the input's %g Hz; choose from %g to %g",
                      stage->wanted, in->rate_hz, in->rate_hz / MAX_DOWN, in->rate_hz * MAX_UP);
  if (!sb_resample_ratio(ratio, &up, &down))
    return host->fail(host, SB_INVALID, "rate_hz: %.9g Hz to %.9g Hz is no ratio of whole numbers up to %d; choose another",
                      in->rate_hz, stage->wanted, SB_RESAMPLE_MAX_FACTOR);
  return rate_stage_activate(stage, host, in, out, up, down);
}

const sb_stage_class sb_stage_resample = {
    .size = sizeof(sb_stage_class),
    .type = "resample",
    .name = "Resample",
    .category = "filter",
    .description = "Changes the rate in a ratio of whole numbers, with a polyphase anti-alias filter.",
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
