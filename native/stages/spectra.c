/* SPDX-License-Identifier: Apache-2.0 */
#include "spectra.h"

#include <fft.h>

#include "edge_check.h"

static const uint64_t max_floats = 1u << 26; /* of one instance: 256 MB */

static sb_status choose_size(spectra *self, const sb_host *host, double rate_hz, uint32_t *size) {
  const double wanted = self->size ? self->size : self->window_s * rate_hz;
  *size = sb_fft_nearest_size(wanted);
  if (self->size && *size != self->size)
    return host->fail(host, SB_INVALID, "size: %u is odd, less than %d or has a prime factor above 7; choose %u", self->size,
                      SB_FFT_MIN_SIZE, *size);
  if (wanted > SB_FFT_MAX_SIZE)
    return host->fail(host, SB_INVALID, "window_s: %g s are %.0f frames, more than %d; choose at most %g s", self->window_s,
                      wanted, SB_FFT_MAX_SIZE, SB_FFT_MAX_SIZE / rate_hz);
  if (wanted < SB_FFT_MIN_SIZE - 0.5)
    return host->fail(host, SB_INVALID, "window_s: %g s are %.1f frames, fewer than %d; choose at least %g s", self->window_s,
                      wanted, SB_FFT_MIN_SIZE, SB_FFT_MIN_SIZE / rate_hz);
  return SB_OK;
}

sb_status spectra_activate(spectra *self, const sb_host *host, const sb_format *in, sb_format *out) {
  uint32_t size;
  sb_status status = rate_check(host, in);
  if (status == SB_OK) status = choose_size(self, host, in->rate_hz, &size);
  if (status != SB_OK) return status;
  self->channels = in->channels;
  self->bins = size / 2 + 1;
  self->bin_hz = in->rate_hz / size;
  self->hop = size - (uint32_t)(size * self->overlap + 1e-6);
  self->events.count = 0;
  out->rate_hz = in->rate_hz / self->hop;
  out->max_frames = in->max_frames / self->hop + 1;

  const uint32_t stride = sb_stride(in->channels, 1);
  const uint64_t rows = 2ull * size + (uint64_t)self->bins * (self->averages + 1ull + out->max_frames);
  if (rows * stride > max_floats)
    return host->fail(host, SB_INVALID, "%s: %u averages of %u frames of %u channels need %.0f MB, more than %.0f; choose shorter "
                      "windows or fewer averages", self->size ? "size" : "window_s", self->averages, size, in->channels,
                      (double)rows * stride * 4e-6, (double)max_floats * 4e-6);
  self->welch = sb_welch_create(&(sb_welch_settings){.rate_hz = in->rate_hz, .size = size, .hop = self->hop, .averages = self->averages,
                                                     .stride = stride, .window = self->window, .detrend = self->detrend,
                                                     .scaling = self->scaling});
  return self->welch ? SB_OK : host->fail(host, SB_NO_MEMORY, "out of memory for windows of %u frames", size);
}

void spectra_deactivate(void *self) {
  spectra *stage = self;
  sb_welch_destroy(stage->welch);
  stage->welch = NULL;
}

sb_status spectra_process(void *self, const sb_block *in, sb_block *out) {
  spectra *stage = self;
  sb_event_hold_take(&stage->events, in, out);
  out->frames = 0;
  for (uint32_t taken = 0; taken < in->frames;) {
    const float *spectrum;
    taken += sb_welch_take(stage->welch, in->data + (size_t)taken * in->stride, in->frames - taken, &spectrum);
    if (!spectrum) continue;
    if (out->frames == 0) out->time_ns = sb_block_time_ns(in, taken - 1);
    sb_event_hold_release(&stage->events, taken - 1, out, out->frames);
    float *to = out->data + (size_t)out->frames++ * out->stride;
    stage->row(stage, spectrum, in->stride, to);
    for (uint32_t i = out->channels * out->values; i < out->stride; i++) to[i] = 0;
  }
  sb_event_hold_advance(&stage->events, in->frames);
  return SB_OK;
}

void spectra_pack(const spectra *self, const float *spectrum, uint32_t stride, float *row) {
  for (uint32_t b = 0; b < self->bins; b++)
    memcpy(row + (size_t)b * self->channels, spectrum + (size_t)b * stride, self->channels * sizeof(float));
}

sb_status spectra_check_band(const sb_host *host, const char *name, double low_hz, double high_hz, double rate_hz) {
  if (!(low_hz < high_hz))
    return host->fail(host, SB_INVALID, "%s: %g Hz is not below %g Hz; give the lower edge first", name, low_hz, high_hz);
  if (high_hz > rate_hz / 2)
    return host->fail(host, SB_INVALID, "%s: %g Hz is above half the rate (%g Hz); choose at most that", name, high_hz,
                      rate_hz / 2);
  return SB_OK;
}
