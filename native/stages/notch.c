/* SPDX-License-Identifier: Apache-2.0
 *
 * Removes one frequency, most often that of the mains, and its harmonics.
 */
#include <math.h>
#include <stdlib.h>

#include "edge_check.h"
#include "iir_design.h"
#include "iir_stage.h"

typedef struct notch {
  iir_stage iir;
  double freq_hz, q;
  uint32_t harmonics;
} notch;

enum { FREQ_HZ, Q, HARMONICS };

static const sb_param params[] = {
    [FREQ_HZ] = {.id = "freq_hz", .kind = SB_PARAM_NUMBER, .flags = SB_PARAM_LIVE, .unit = "Hz", .minimum = 0.001, .maximum = 1e6,
                 .fallback = "50", .description = "The frequency to remove: 50 or 60 for the mains."},
    [Q] = {.id = "q", .kind = SB_PARAM_NUMBER, .flags = SB_PARAM_LIVE, .minimum = 1, .maximum = 1000,
           .fallback = "30", .description = "Sharpness: the notch is freq_hz / q wide where it reaches -3 dB."},
    [HARMONICS] = {.id = "harmonics", .kind = SB_PARAM_INTEGER, .minimum = 1,
                   .maximum = SB_CASCADE_MAX_SECTIONS, .fallback = "1",
                   .description = "Notches at freq_hz, twice, three times freq_hz ... this many."},
};

static bool design(const iir_stage *stage, sb_cascade *out) {
  const notch *self = (const notch *)stage;
  out->count = self->harmonics;
  for (uint32_t i = 0; i < self->harmonics; i++)
    if (!sb_iir_notch(&out->sections[i], self->freq_hz * (i + 1), self->q, stage->rate_hz)) return false;
  return sb_cascade_stable(out);
}

static void set(void *self, uint32_t param, const sb_value *value) {
  notch *stage = self;
  if (param == FREQ_HZ) stage->freq_hz = value->number;
  else if (param == Q) stage->q = value->number;
  stage->iir.changed = true;
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  notch *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  *stage = (notch){{.design = design}, values[FREQ_HZ].number, values[Q].number, (uint32_t)values[HARMONICS].number};
  *self = stage;
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  notch *stage = self;
  const sb_status status = edge_check(host, in, "freq_hz", stage->freq_hz);
  if (status != SB_OK) return status;
  if (!(stage->freq_hz * stage->harmonics < in->rate_hz / 2))
    return host->fail(host, SB_INVALID, "harmonics: %u x %g Hz is not below half the rate (%g Hz); choose at most %g",
                      stage->harmonics, stage->freq_hz, in->rate_hz / 2, ceil(in->rate_hz / 2 / stage->freq_hz) - 1);
  return iir_stage_activate(&stage->iir, host, in, "freq_hz");
}

const sb_stage_class sb_stage_notch = {
    .size = sizeof(sb_stage_class),
    .flags = SB_STAGE_IN_PLACE,
    .type = "notch",
    .name = "Notch",
    .category = "filter",
    .description = "Removes one frequency, such as that of the mains, and its harmonics.",
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
