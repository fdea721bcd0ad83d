/* SPDX-License-Identifier: Apache-2.0
 *
 * Removes an electrode's offset with a one-pole high pass. It starts settled on the first frame, so that an offset of
 * thousands of microvolts does not take seconds to go.
 */
#include <stdlib.h>

#include "edge_check.h"
#include "iir_design.h"
#include "iir_stage.h"

typedef struct dc_removal {
  iir_stage iir;
  sb_iir_prototype prototype;
  double cutoff_hz;
} dc_removal;

enum { CUTOFF_HZ };

static const sb_param params[] = {
    [CUTOFF_HZ] = {.id = "cutoff_hz", .kind = SB_PARAM_NUMBER, .flags = SB_PARAM_LIVE, .unit = "Hz",
                   .minimum = 0.001, .maximum = 1e6, .fallback = "0.5", .description = "Edge of the high pass, -3 dB."},
};

static bool design(const iir_stage *stage, sb_cascade *out) {
  const dc_removal *self = (const dc_removal *)stage;
  return sb_iir_design(out, &self->prototype, SB_IIR_HIGHPASS, self->cutoff_hz, 0, stage->rate_hz);
}

static void set(void *self, uint32_t param, const sb_value *value) {
  dc_removal *stage = self;
  if (param != CUTOFF_HZ) return;
  stage->cutoff_hz = value->number;
  stage->iir.changed = true;
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  dc_removal *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->iir.design = design;
  stage->cutoff_hz = values[CUTOFF_HZ].number;
  sb_iir_prototype_fill(&stage->prototype, SB_IIR_BUTTERWORTH, 1, 0);
  *self = stage;
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  dc_removal *stage = self;
  stage->iir.settle = true;
  const sb_status status = edge_check(host, in, "cutoff_hz", stage->cutoff_hz);
  return status == SB_OK ? iir_stage_activate(&stage->iir, host, in, "cutoff_hz") : status;
}

const sb_stage_class sb_stage_dc_removal = {
    .size = sizeof(sb_stage_class),
    .flags = SB_STAGE_IN_PLACE,
    .type = "dc_removal",
    .name = "Offset removal",
    .category = "filter",
    .description = "Removes each channel's offset with a one-pole high pass that starts settled on the first frame.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_SIGNAL,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
    .activate = activate,
    .process = iir_stage_process,
    .set = set,
    .deactivate = iir_stage_deactivate,
    .destroy = free,
    .extension = iir_stage_extension,
};
