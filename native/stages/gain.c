/* SPDX-License-Identifier: Apache-2.0
 *
 * Multiplies a signal by a constant given in decibels.
 */
#include <math.h>
#include <stagebox/stagebox.h>
#include <stdlib.h>

typedef struct gain {
  float factor;
} gain;

enum { GAIN_DB };

static const sb_param params[] = {
    [GAIN_DB] = {.id = "gain_db", .kind = SB_PARAM_NUMBER, .flags = SB_PARAM_LIVE, .unit = "dB", .minimum = -120, .maximum = 120,
                 .fallback = "0", .description = "Gain; 6 dB doubles the signal, nearly."},
};

static void set(void *self, uint32_t param, const sb_value *value) {
  if (param == GAIN_DB) ((gain *)self)->factor = (float)pow(10.0, value->number / 20.0);
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  gain *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  set(stage, GAIN_DB, &values[GAIN_DB]);
  *self = stage;
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)self, (void)host, (void)in, (void)out;
  return SB_OK;
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  const float factor = ((gain *)self)->factor;
  const size_t count = (size_t)in->frames * in->stride;
  for (size_t i = 0; i < count; i++) out->data[i] = in->data[i] * factor;
  return SB_OK;
}

static void deactivate(void *self) { (void)self; }

const sb_stage_class sb_stage_gain = {
    .size = sizeof(sb_stage_class),
    .flags = SB_STAGE_IN_PLACE,
    .type = "gain",
    .name = "Gain",
    .category = "utility",
    .description = "Multiplies the signal by a constant.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_SIGNAL,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
    .activate = activate,
    .process = process,
    .set = set,
    .deactivate = deactivate,
    .destroy = free,
};
