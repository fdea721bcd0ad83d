/* SPDX-License-Identifier: Apache-2.0
 *
 * A sine, or one whose frequency runs from one end to the other again and again. The phase is carried on from frame to
 * frame, so a frequency that is turned while it runs leaves no jump in the signal.
 */
#include <math.h>
#include <stagebox/stagebox.h>
#include <stdio.h>
#include <stdlib.h>

SB_PLUGIN

enum { RATE_HZ, CHANNELS, AMPLITUDE_UV, FREQUENCY_HZ, END_HZ, SWEEP_S, PARAMS, MAX_CHANNELS = 64 };

static const sb_param params[PARAMS] = {
    [RATE_HZ] = {.id = "rate_hz", .kind = SB_PARAM_NUMBER, .unit = "Hz", .minimum = 1, .maximum = 192000, .fallback = "250",
                 .description = "Frames per second."},
    [CHANNELS] = {.id = "channels", .kind = SB_PARAM_INTEGER, .minimum = 1, .maximum = MAX_CHANNELS, .fallback = "1",
                  .description = "Channels, all alike, named ch1, ch2 ..."},
    [AMPLITUDE_UV] = {.id = "amplitude_uv", .kind = SB_PARAM_NUMBER, .flags = SB_PARAM_LIVE, .unit = "uV", .minimum = 0, .maximum = 1e6,
                      .fallback = "100", .description = "Height of the peaks."},
    [FREQUENCY_HZ] = {.id = "frequency_hz", .kind = SB_PARAM_NUMBER, .flags = SB_PARAM_LIVE, .unit = "Hz", .minimum = 0, .maximum = 96000,
                      .fallback = "10", .description = "Frequency, or where a sweep begins."},
    [END_HZ] = {.id = "end_hz", .kind = SB_PARAM_NUMBER, .flags = SB_PARAM_LIVE, .unit = "Hz", .minimum = 0, .maximum = 96000,
                .fallback = "40", .description = "Where a sweep ends."},
    [SWEEP_S] = {.id = "sweep_s", .kind = SB_PARAM_NUMBER, .unit = "s", .minimum = 0, .maximum = 3600, .fallback = "0",
                 .description = "How long a sweep takes; 0: the frequency stays."},
};

/* What goes on in the next instance after a reload. */
typedef struct position {
  double turns;   /* of the phase, 0 to 1 */
  double sweep_s; /* since the sweep began */
} position;

typedef struct test_tone {
  double value[PARAMS];
  position at;
  char names[MAX_CHANNELS][16];
  const char *channel_names[MAX_CHANNELS];
} test_tone;

static void set(void *instance, uint32_t param, const sb_value *value) { ((test_tone *)instance)->value[param] = value->number; }

static sb_status create(const sb_host *host, const sb_value *values, void **instance) {
  test_tone *self = calloc(1, sizeof *self);
  if (!self) return host->fail(host, SB_NO_MEMORY, "out of memory");
  for (uint32_t i = 0; i < PARAMS; i++) set(self, i, &values[i]);
  *instance = self;
  return SB_OK;
}

static sb_status activate(void *instance, const sb_host *host, sb_format *out) {
  test_tone *self = instance;
  const double half_rate = self->value[RATE_HZ] / 2;
  if (self->value[FREQUENCY_HZ] > half_rate)
    return host->fail(host, SB_INVALID, "frequency_hz: %g Hz is above half the rate (%g Hz); choose at most that", self->value[FREQUENCY_HZ], half_rate);
  if (self->value[SWEEP_S] > 0 && self->value[END_HZ] > half_rate)
    return host->fail(host, SB_INVALID, "end_hz: %g Hz is above half the rate (%g Hz); choose at most that", self->value[END_HZ], half_rate);
  self->at = (position){0};
  out->port = SB_PORT_SIGNAL;
  out->rate_hz = self->value[RATE_HZ];
  out->channels = (uint32_t)self->value[CHANNELS];
  out->values = 1;
  out->unit = "uV";
  for (uint32_t c = 0; c < out->channels; c++) {
    snprintf(self->names[c], sizeof self->names[c], "ch%u", c + 1);
    self->channel_names[c] = self->names[c];
  }
  out->channel_names = self->channel_names;
  return SB_OK;
}

/* Frequency at this frame. */
static double frequency_hz(const test_tone *self) {
  const double from = self->value[FREQUENCY_HZ], to = self->value[END_HZ], sweep_s = self->value[SWEEP_S];
  return sweep_s > 0 ? from + (to - from) * self->at.sweep_s / sweep_s : from;
}

static void step(test_tone *self) {
  self->at.turns += frequency_hz(self) / self->value[RATE_HZ];
  self->at.turns -= floor(self->at.turns);
  self->at.sweep_s += 1 / self->value[RATE_HZ];
  if (self->at.sweep_s >= self->value[SWEEP_S]) self->at.sweep_s = 0;
}

static sb_status read(void *instance, sb_block *out) {
  test_tone *self = instance;
  for (uint32_t frame = 0; frame < out->frames; frame++) {
    const float sample = (float)(self->value[AMPLITUDE_UV] * sin(2 * M_PI * self->at.turns));
    float *row = out->data + (size_t)frame * out->stride;
    for (uint32_t i = 0; i < out->stride; i++) row[i] = i < out->channels ? sample : 0;
    step(self);
  }
  return SB_OK;
}

static void deactivate(void *instance) { (void)instance; }

static uint32_t state_bytes(const void *instance) {
  (void)instance;
  return sizeof(position);
}

static void state_save(const void *instance, void *out) { memcpy(out, &((const test_tone *)instance)->at, sizeof(position)); }

static sb_status state_load(void *instance, const void *bytes, uint32_t count) {
  test_tone *self = instance;
  position saved;
  if (count != sizeof saved) return SB_INVALID;
  memcpy(&saved, bytes, sizeof saved);
  if (!(saved.turns >= 0 && saved.turns <= 1 && saved.sweep_s >= 0 && saved.sweep_s <= 3600)) return SB_INVALID;
  self->at = saved;
  return SB_OK;
}

static const void *extension(const char *id) {
  static const sb_ext_state state = {state_bytes, state_save, state_load};
  return strcmp(id, SB_EXT_STATE) == 0 ? &state : NULL;
}

static const sb_source_class test_tone_class = {
    .size = sizeof(sb_source_class),
    .type = "test_tone",
    .name = "Test tone",
    .description = "A sine, or one whose frequency sweeps from one end to the other.",
    .params = params,
    .param_count = PARAMS,
    .create = create,
    .activate = activate,
    .read = read,
    .set = set,
    .deactivate = deactivate,
    .destroy = free,
    .extension = extension,
};

sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  (void)host;
  return registrar->add_source(registrar, &test_tone_class);
}
