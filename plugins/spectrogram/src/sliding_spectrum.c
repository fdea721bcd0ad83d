/* SPDX-License-Identifier: Apache-2.0
 *
 * The power spectrum of a signal as it changes: one spectrum of each channel for each step of a sliding Hann window, as
 * scipy.signal.spectrogram(x, rate, "hann", size, overlap * size) gives it.
 */
#include <stagebox/stagebox.h>
#include <stdio.h>

#include "real_fft.h"
#include "sliding_window.h"

SB_PLUGIN

typedef struct sliding_spectrum {
  uint32_t size;
  double overlap;
  sliding_window window;
  real_fft fft;
  float *taper; /* [size] */
  float *work;  /* [size] */
  float scale;  /* of |X|^2, so that the spectrum is one-sided and per hertz */
  char unit[48];
} sliding_spectrum;

enum { SIZE, OVERLAP, MAX_SIZE = 1 << 16, MAX_FLOATS = 1 << 24 };

static const sb_param params[] = {
    [SIZE] = {.id = "size", .kind = SB_PARAM_INTEGER, .minimum = 8, .maximum = MAX_SIZE, .fallback = "256",
              .description = "Frames of a window, a power of two."},
    [OVERLAP] = {.id = "overlap", .kind = SB_PARAM_NUMBER, .minimum = 0, .maximum = 0.99, .fallback = "0.5",
                 .description = "Part of a window that the next one shares."},
};

static sb_status create(const sb_host *host, const sb_value *values, void **instance) {
  sliding_spectrum *self = calloc(1, sizeof *self);
  if (!self) return host->fail(host, SB_NO_MEMORY, "out of memory");
  self->size = (uint32_t)values[SIZE].number;
  self->overlap = values[OVERLAP].number;
  *instance = self;
  return SB_OK;
}

static void deactivate(void *instance) {
  sliding_spectrum *self = instance;
  sliding_window_close(&self->window);
  real_fft_close(&self->fft);
  free(self->taper), free(self->work);
  self->taper = self->work = NULL;
}

static sb_status check(const sliding_spectrum *self, const sb_host *host, const sb_format *in) {
  if (in->rate_hz <= 0)
    return host->fail(host, SB_UNSUPPORTED, "input: its rate is irregular, and a spectrum needs a steady one; take the input from an earlier stage");
  if (!real_fft_supports(self->size))
    return host->fail(host, SB_INVALID, "size: %u is no power of two; choose %u", self->size, 1u << (32 - __builtin_clz(self->size)));
  if ((uint64_t)self->size * in->channels > MAX_FLOATS)
    return host->fail(host, SB_INVALID, "size: %u frames of %u channels are more than this stage keeps; choose at most %u", self->size,
                      in->channels, MAX_FLOATS / in->channels);
  return SB_OK;
}

static sb_status activate(void *instance, const sb_host *host, const sb_format *in, sb_format *out) {
  sliding_spectrum *self = instance;
  const sb_status status = check(self, host, in);
  if (status != SB_OK) return status;
  const uint32_t size = self->size, hop = size - (uint32_t)(size * self->overlap);

  self->taper = malloc(size * sizeof(float));
  self->work = malloc(size * sizeof(float));
  const bool has_window = sliding_window_open(&self->window, size, hop, in->channels), has_fft = real_fft_open(&self->fft, size);
  if (!has_window || !has_fft || !self->taper || !self->work) {
    deactivate(self);
    return host->fail(host, SB_NO_MEMORY, "out of memory for windows of %u frames", size);
  }
  double sum = 0;
  for (uint32_t i = 0; i < size; i++) {
    const double taper = 0.5 - 0.5 * cos(2 * M_PI * i / size);
    self->taper[i] = (float)taper;
    sum += taper * taper;
  }
  self->scale = (float)(2 / (in->rate_hz * sum));

  snprintf(self->unit, sizeof self->unit, "%.32s^2/Hz", in->unit ? in->unit : "1");
  out->unit = self->unit;
  out->values = size / 2 + 1;
  out->bin_hz = in->rate_hz / size;
  out->rate_hz = in->rate_hz / hop;
  out->max_frames = in->max_frames / hop + 1;
  return SB_OK;
}

/* One channel's spectrum, to every `stride`th float of `power`. */
static void transform_channel(sliding_spectrum *self, const float *x, float *power, uint32_t stride) {
  double sum = 0;
  for (uint32_t i = 0; i < self->size; i++) sum += (double)x[i];
  const float mean = (float)(sum / self->size);
  for (uint32_t i = 0; i < self->size; i++) self->work[i] = (x[i] - mean) * self->taper[i];
  real_fft_power(&self->fft, self->work, power, stride);
  for (uint32_t b = 0; b <= self->size / 2; b++) power[(size_t)b * stride] *= self->scale;
  power[0] *= 0.5f; /* the only bins that stand on one side */
  power[(size_t)self->size / 2 * stride] *= 0.5f;
}

/* Each spectrum bears the time of its window's last frame. Events stay with the signal. */
static sb_status process(void *instance, const sb_block *in, sb_block *out) {
  sliding_spectrum *self = instance;
  out->frames = out->event_count = 0;
  for (uint32_t frame = 0; frame < in->frames; frame++) {
    if (!sliding_window_take(&self->window, in->data + (size_t)frame * in->stride)) continue;
    if (out->frames == 0) out->time_ns = sb_block_time_ns(in, frame);
    float *row = out->data + (size_t)out->frames++ * out->stride;
    for (uint32_t c = 0; c < in->channels; c++)
      transform_channel(self, sliding_window_channel(&self->window, c), row + c, in->channels);
    for (uint32_t i = out->channels * out->values; i < out->stride; i++) row[i] = 0;
    sliding_window_advance(&self->window);
  }
  return SB_OK;
}

static uint32_t state_bytes(const void *instance) { return sliding_window_bytes(&((const sliding_spectrum *)instance)->window); }

static void state_save(const void *instance, void *out) { sliding_window_save(&((const sliding_spectrum *)instance)->window, out); }

static sb_status state_load(void *instance, const void *bytes, uint32_t count) {
  return sliding_window_load(&((sliding_spectrum *)instance)->window, bytes, count);
}

static const void *extension(const char *id) {
  static const sb_ext_state state = {state_bytes, state_save, state_load};
  return strcmp(id, SB_EXT_STATE) == 0 ? &state : NULL;
}

static const sb_stage_class sliding_spectrum_class = {
    .size = sizeof(sb_stage_class),
    .type = "sliding_spectrum",
    .name = "Sliding spectrum",
    .category = "spectral",
    .description = "Power spectra of a sliding Hann window, as scipy.signal.spectrogram.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_SPECTRUM,
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
  return registrar->add_stage(registrar, &sliding_spectrum_class);
}
