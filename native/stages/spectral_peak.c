/* SPDX-License-Identifier: Apache-2.0
 *
 * The highest point of the power density between two frequencies. `peak_hz` is the frequency of a bin, as argmax over
 * scipy's Welch gives it; with `interpolate` it is the vertex of the parabola through the logarithms of that bin and its
 * neighbours (Smith and Serra 1987), which for a sine in a Hann window is good to a few hundredths of a bin.
 */
#include <math.h>
#include <stdlib.h>

#include "spectra.h"

typedef struct spectral_peak {
  spectra spectra;
  double low_hz, high_hz;
  bool interpolate;
  uint32_t first, last; /* bins inside the edges */
} spectral_peak;

enum { LOW_HZ, HIGH_HZ, INTERPOLATE, WINDOW_S, OVERLAP, AVERAGES, WINDOW };

static const sb_param params[] = {
    [LOW_HZ] = {.id = "low_hz", .kind = SB_PARAM_NUMBER, .unit = "Hz", .minimum = 0, .maximum = 1e6, .fallback = "5",
                .description = "Where the search begins."},
    [HIGH_HZ] = {.id = "high_hz", .kind = SB_PARAM_NUMBER, .unit = "Hz", .minimum = 0, .maximum = 1e6, .fallback = "15",
                 .description = "Where the search ends."},
    [INTERPOLATE] = {.id = "interpolate", .kind = SB_PARAM_BOOLEAN, .fallback = "false",
                     .description = "Estimate the peak between bins by a parabola; otherwise it is a bin."},
    [WINDOW_S] = SPECTRA_WINDOW_S,
    [OVERLAP] = SPECTRA_OVERLAP,
    [AVERAGES] = SPECTRA_AVERAGES,
    [WINDOW] = SPECTRA_WINDOW,
};

/* Vertex of the parabola through the logarithms around bin b, as an offset in bins; its height replaces *power. */
static float vertex(const float *spectrum, uint32_t stride, uint32_t b, float *power) {
  const float *at = spectrum + (size_t)b * stride;
  if (!(at[-(ptrdiff_t)stride] > 0 && at[stride] > 0 && *power > 0)) return 0;
  const float left = logf(at[-(ptrdiff_t)stride]), middle = logf(*power), right = logf(at[stride]);
  const float bend = left - 2 * middle + right;
  if (!(bend < 0)) return 0;
  const float offset = fmaxf(-0.5f, fminf(0.5f, 0.5f * (left - right) / bend));
  *power = expf(middle - 0.25f * (left - right) * offset);
  return offset;
}

static void row(const spectra *self, const float *spectrum, uint32_t stride, float *out) {
  const spectral_peak *stage = (const spectral_peak *)self;
  for (uint32_t c = 0; c < self->channels; c++) {
    uint32_t peak = stage->first;
    for (uint32_t b = stage->first; b <= stage->last; b++)
      if (spectrum[(size_t)b * stride + c] > spectrum[(size_t)peak * stride + c]) peak = b;
    float power = spectrum[(size_t)peak * stride + c], hz = (float)peak;
    if (stage->interpolate && peak > 0 && peak + 1 < self->bins) hz += vertex(spectrum + c, stride, peak, &power);
    out[c] = isfinite(power) ? hz * (float)self->bin_hz : NAN;
    out[self->channels + c] = power;
  }
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  spectral_peak *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->spectra = (spectra){.row = row,
                             .window_s = values[WINDOW_S].number,
                             .overlap = values[OVERLAP].number,
                             .averages = (uint32_t)values[AVERAGES].number,
                             .window = (sb_window)values[WINDOW].number,
                             .detrend = true,
                             .scaling = SB_WELCH_DENSITY};
  stage->low_hz = values[LOW_HZ].number;
  stage->high_hz = values[HIGH_HZ].number;
  stage->interpolate = values[INTERPOLATE].number != 0;
  *self = stage;
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  static const char *const names[] = {"peak_hz", "peak_power"};
  spectral_peak *stage = self;
  sb_status status = spectra_check_band(host, "low_hz, high_hz", stage->low_hz, stage->high_hz, in->rate_hz);
  if (status != SB_OK) return status;
  status = spectra_activate(&stage->spectra, host, in, out);
  if (status != SB_OK) return status;
  const double bin_hz = stage->spectra.bin_hz;
  stage->first = (uint32_t)ceil(stage->low_hz / bin_hz - 1e-9);
  stage->last = (uint32_t)fmin(floor(stage->high_hz / bin_hz + 1e-9), stage->spectra.bins - 1);
  if (stage->first > stage->last) {
    spectra_deactivate(stage);
    return host->fail(host, SB_INVALID, "low_hz, high_hz: no bin lies from %g to %g Hz, bins are %g Hz apart; choose a longer "
                      "window_s", stage->low_hz, stage->high_hz, bin_hz);
  }
  out->unit = "1";
  out->values = 2;
  out->value_names = names;
  return SB_OK;
}

const sb_stage_class sb_stage_spectral_peak = {
    .size = sizeof(sb_stage_class),
    .type = "spectral_peak",
    .name = "Spectral peak",
    .category = "spectral",
    .description = "Frequency and density of the highest point of the power spectrum between two frequencies.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_FEATURES,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
    .activate = activate,
    .process = spectra_process,
    .deactivate = spectra_deactivate,
    .destroy = free,
};
