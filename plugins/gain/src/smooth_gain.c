/* SPDX-License-Identifier: Apache-2.0
 *
 * Multiplies a signal by a gain in decibels. A new gain is reached in a straight line over ramp_ms, so that turning it
 * while the signal runs leaves no click in it.
 */
#include <math.h>
#include <stagebox/stagebox.h>
#include <stdlib.h>

SB_PLUGIN

typedef struct smooth_gain {
  double ramp_ms, rate_hz;
  float from, to;        /* factors at the two ends of the ramp */
  uint32_t left, frames; /* of the ramp: still to come, and in all */
} smooth_gain;

enum { GAIN_DB, RAMP_MS };

static const sb_param params[] = {
    [GAIN_DB] = {.id = "gain_db", .kind = SB_PARAM_NUMBER, .flags = SB_PARAM_LIVE, .unit = "dB", .minimum = -120, .maximum = 60,
                 .fallback = "0", .description = "Gain; 6 dB doubles the signal, nearly."},
    [RAMP_MS] = {.id = "ramp_ms", .kind = SB_PARAM_NUMBER, .flags = SB_PARAM_LIVE, .unit = "ms", .minimum = 0, .maximum = 60000,
                 .fallback = "20", .description = "How long the way to a new gain takes; 0: it jumps."},
};

static float factor_now(const smooth_gain *self) {
  if (self->left == 0) return self->to;
  return self->to + (self->from - self->to) * ((float)self->left / (float)self->frames);
}

static void glide(smooth_gain *self, float from, float to) {
  self->from = from;
  self->to = to;
  self->left = self->frames = from == to ? 0 : (uint32_t)lrint(self->ramp_ms * 1e-3 * self->rate_hz);
}

static void set(void *instance, uint32_t param, const sb_value *value) {
  smooth_gain *self = instance;
  if (param == GAIN_DB) glide(self, factor_now(self), (float)pow(10, value->number / 20));
  if (param == RAMP_MS) self->ramp_ms = value->number;
}

static sb_status create(const sb_host *host, const sb_value *values, void **instance) {
  smooth_gain *self = calloc(1, sizeof *self);
  if (!self) return host->fail(host, SB_NO_MEMORY, "out of memory");
  for (uint32_t i = 0; i < sizeof params / sizeof *params; i++) set(self, i, &values[i]);
  *instance = self;
  return SB_OK;
}

static sb_status activate(void *instance, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)host, (void)out;
  smooth_gain *self = instance;
  self->rate_hz = in->rate_hz;
  self->left = 0;
  return SB_OK;
}

static sb_status process(void *instance, const sb_block *in, sb_block *out) {
  smooth_gain *self = instance;
  uint32_t frame = 0;
  for (; frame < in->frames && self->left > 0; frame++) {
    self->left--;
    const float factor = factor_now(self);
    const size_t row = (size_t)frame * in->stride;
    for (uint32_t i = 0; i < in->stride; i++) out->data[row + i] = in->data[row + i] * factor;
  }
  const size_t count = (size_t)in->frames * in->stride;
  for (size_t i = (size_t)frame * in->stride; i < count; i++) out->data[i] = in->data[i] * self->to;
  return SB_OK;
}

static void deactivate(void *instance) { (void)instance; }

/* Where the factor stands and how far it still has to go. The gain it goes to is a parameter, which an heir has anyway. */
typedef struct state {
  float factor;
  uint32_t left;
} state;

static uint32_t state_bytes(const void *instance) {
  (void)instance;
  return sizeof(state);
}

static void state_save(const void *instance, void *out) {
  const smooth_gain *self = instance;
  memcpy(out, &(state){factor_now(self), self->left}, sizeof(state));
}

static sb_status state_load(void *instance, const void *bytes, uint32_t count) {
  smooth_gain *self = instance;
  state saved;
  if (count != sizeof saved) return SB_INVALID;
  memcpy(&saved, bytes, sizeof saved);
  if (!isfinite(saved.factor)) return SB_INVALID;
  glide(self, saved.factor, self->to);
  if (saved.left > 0) self->left = self->frames = saved.left;
  return SB_OK;
}

static const void *extension(const char *id) {
  static const sb_ext_state state_extension = {state_bytes, state_save, state_load};
  return strcmp(id, SB_EXT_STATE) == 0 ? &state_extension : NULL;
}

static const sb_stage_class smooth_gain_class = {
    .size = sizeof(sb_stage_class),
    .flags = SB_STAGE_IN_PLACE,
    .type = "smooth_gain",
    .name = "Smooth gain",
    .category = "utility",
    .description = "Multiplies the signal; a new gain is reached without a click.",
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
    .extension = extension,
};

sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  (void)host;
  return registrar->add_stage(registrar, &smooth_gain_class);
}
