/* SPDX-License-Identifier: Apache-2.0
 *
 * Features of time and frequency for each channel, one row for each step of a sliding window. Those of frequency come
 * from the power spectrum of the window less its mean, under a Hann taper, with zeros behind it up to a power of two.
 */
#include <stagebox/stagebox.h>

#include "features.h"
#include "real_fft.h"
#include "sliding_window.h"

SB_PLUGIN

typedef struct signal_features {
  double window_s, overlap, rate_hz;
  sliding_window window;
  real_fft fft;
  float *taper; /* [window.size] */
  float *work;  /* [fft.size] */
  float *power; /* [fft.size / 2 + 1] */
  float scale;  /* of |X|^2, so that a spectrum adds up to the signal's power */
} signal_features;

enum { WINDOW_S, OVERLAP, MIN_SIZE = 4, MAX_SIZE = 1 << 18, MAX_FLOATS = 1 << 24 };

static const sb_param params[] = {
    [WINDOW_S] = {.id = "window_s", .kind = SB_PARAM_NUMBER, .unit = "s", .minimum = 0.01, .maximum = 600, .fallback = "1",
                  .description = "Length of a window."},
    [OVERLAP] = {.id = "overlap", .kind = SB_PARAM_NUMBER, .minimum = 0, .maximum = 0.99, .fallback = "0.5",
                 .description = "Part of a window that the next one shares."},
};

static sb_status create(const sb_host *host, const sb_value *values, void **instance) {
  signal_features *self = calloc(1, sizeof *self);
  if (!self) return host->fail(host, SB_NO_MEMORY, "out of memory");
  self->window_s = values[WINDOW_S].number;
  self->overlap = values[OVERLAP].number;
  *instance = self;
  return SB_OK;
}

static void deactivate(void *instance) {
  signal_features *self = instance;
  sliding_window_close(&self->window);
  real_fft_close(&self->fft);
  free(self->taper), free(self->work), free(self->power);
  self->taper = self->work = self->power = NULL;
}

static sb_status check(const signal_features *self, const sb_host *host, const sb_format *in) {
  if (in->rate_hz <= 0)
    return host->fail(host, SB_UNSUPPORTED, "input: its rate is irregular, and a window needs a steady one; take the input from an earlier stage");
  const double size = rint(self->window_s * in->rate_hz);
  if (size < MIN_SIZE)
    return host->fail(host, SB_INVALID, "window_s: %g s are %g frames, fewer than %d; choose at least %g s", self->window_s, size, MIN_SIZE,
                      MIN_SIZE / in->rate_hz);
  const double most = fmin(MAX_SIZE, MAX_FLOATS / in->channels);
  if (size > most)
    return host->fail(host, SB_INVALID, "window_s: %g s are %g frames, more than %g; choose at most %g s", self->window_s, size, most,
                      floor(most / in->rate_hz));
  return SB_OK;
}

static sb_status activate(void *instance, const sb_host *host, const sb_format *in, sb_format *out) {
  signal_features *self = instance;
  const sb_status status = check(self, host, in);
  if (status != SB_OK) return status;
  const uint32_t size = (uint32_t)rint(self->window_s * in->rate_hz), hop = size - (uint32_t)(size * self->overlap);
  uint32_t padded = MIN_SIZE;
  while (padded < size) padded *= 2;

  self->rate_hz = in->rate_hz;
  self->taper = malloc(size * sizeof(float));
  self->work = calloc(padded, sizeof(float));
  self->power = malloc((padded / 2 + 1) * sizeof(float));
  const bool has_window = sliding_window_open(&self->window, size, hop, in->channels), has_fft = real_fft_open(&self->fft, padded);
  if (!has_window || !has_fft || !self->taper || !self->work || !self->power) {
    deactivate(self);
    return host->fail(host, SB_NO_MEMORY, "out of memory for windows of %u frames", size);
  }
  double squares = 0;
  for (uint32_t i = 0; i < size; i++) {
    const double taper = 0.5 - 0.5 * cos(2 * M_PI * i / size);
    self->taper[i] = (float)taper;
    squares += taper * taper;
  }
  self->scale = (float)(2 / (squares * padded));

  out->unit = "1"; /* each its own: see README.md */
  out->values = FEATURES;
  out->value_names = feature_names;
  out->rate_hz = in->rate_hz / hop;
  out->max_frames = in->max_frames / hop + 1;
  return SB_OK;
}

static void spectrum(signal_features *self, const float *x, double mean) {
  const uint32_t size = self->window.size, half = self->fft.size / 2;
  for (uint32_t i = 0; i < size; i++) self->work[i] = (float)((double)x[i] - mean) * self->taper[i];
  memset(self->work + size, 0, (self->fft.size - size) * sizeof(float));
  real_fft_power(&self->fft, self->work, self->power, 1);
  for (uint32_t b = 0; b <= half; b++) self->power[b] *= b == 0 || b == half ? self->scale / 2 : self->scale;
}

/* Each row bears the time of its window's last frame. Events stay with the signal. */
static sb_status process(void *instance, const sb_block *in, sb_block *out) {
  signal_features *self = instance;
  const uint32_t size = self->window.size;
  out->frames = out->event_count = 0;
  for (uint32_t frame = 0; frame < in->frames; frame++) {
    if (!sliding_window_take(&self->window, in->data + (size_t)frame * in->stride)) continue;
    if (out->frames == 0) out->time_ns = sb_block_time_ns(in, frame);
    float *row = out->data + (size_t)out->frames++ * out->stride;
    for (uint32_t c = 0; c < in->channels; c++) {
      const float *x = sliding_window_channel(&self->window, c);
      const double mean = mean_of(x, size);
      double values[FEATURES];
      spectrum(self, x, mean);
      temporal_features(x, size, mean, size / self->rate_hz, values);
      spectral_features(self->power, self->fft.size / 2 + 1, self->rate_hz / self->fft.size, values);
      for (uint32_t v = 0; v < FEATURES; v++) row[v * in->channels + c] = (float)values[v];
    }
    for (uint32_t i = out->channels * out->values; i < out->stride; i++) row[i] = 0;
    sliding_window_advance(&self->window);
  }
  return SB_OK;
}

static uint32_t state_bytes(const void *instance) { return sliding_window_bytes(&((const signal_features *)instance)->window); }

static void state_save(const void *instance, void *out) { sliding_window_save(&((const signal_features *)instance)->window, out); }

static sb_status state_load(void *instance, const void *bytes, uint32_t count) {
  return sliding_window_load(&((signal_features *)instance)->window, bytes, count);
}

static const void *extension(const char *id) {
  static const sb_ext_state state = {state_bytes, state_save, state_load};
  return strcmp(id, SB_EXT_STATE) == 0 ? &state : NULL;
}

static const sb_stage_class signal_features_class = {
    .size = sizeof(sb_stage_class),
    .type = "signal_features",
    .name = "Signal features",
    .category = "statistics",
    .description = "RMS, peak to peak, zero crossings, line length, kurtosis, centroid, 95 % edge, dominant frequency and power of a sliding window.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_FEATURES,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
    .activate = activate,
    .process = process,
    .deactivate = deactivate,
    .destroy = free,
    .extension = extension,
};

sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  (void)host;
  return registrar->add_stage(registrar, &signal_features_class);
}
