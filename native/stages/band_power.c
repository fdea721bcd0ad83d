/* SPDX-License-Identifier: Apache-2.0
 *
 * Power in frequency bands: Welch's density (Hann, half overlap, mean removed, as scipy.signal.welch) integrated from edge
 * to edge by the trapezoidal rule. With `averages` 1 the mean over all frames of a recording is the band power of scipy's
 * Welch over that recording.
 */
#include <bands.h>
#include <stdio.h>
#include <stdlib.h>

#include "spectra.h"

enum { MAX_BANDS = 64, MAX_NAME = 64 };

typedef struct band_power {
  spectra spectra;
  bool relative;
  uint32_t count;
  double edges_hz[MAX_BANDS][2];
  char names[MAX_BANDS][MAX_NAME];
  const char *value_names[MAX_BANDS];
  char unit[40];
  sb_band bands[MAX_BANDS];
  float *power; /* [count, stride] and, last, their sum [stride] */
} band_power;

enum { BANDS, WINDOW_S, OVERLAP, AVERAGES, WINDOW, RELATIVE };

static const sb_param params[] = {
    [BANDS] = {.id = "bands", .kind = SB_PARAM_BANDS, .unit = "Hz", .minimum = 0, .maximum = 1e6,
               .fallback = "{ delta: [1, 4], theta: [4, 8], alpha: [8, 13], beta: [13, 30], gamma: [30, 45] }",
               .description = "Names and edges of the bands; both edges belong to the band."},
    [WINDOW_S] = SPECTRA_WINDOW_S,
    [OVERLAP] = SPECTRA_OVERLAP,
    [AVERAGES] = SPECTRA_AVERAGES,
    [WINDOW] = SPECTRA_WINDOW,
    [RELATIVE] = {.id = "relative", .kind = SB_PARAM_BOOLEAN, .fallback = "false",
                  .description = "Divide by the sum over the bands, so that they add up to 1."},
};

static void row(const spectra *self, const float *spectrum, uint32_t stride, float *out) {
  const band_power *stage = (const band_power *)self;
  float *sum = stage->power + (size_t)stage->count * stride;
  memset(sum, 0, stride * sizeof(float));
  for (uint32_t i = 0; i < stage->count; i++) {
    float *power = stage->power + (size_t)i * stride;
    sb_band_integrate(&stage->bands[i], spectrum, stride, power);
    for (uint32_t c = 0; c < stride; c++) sum[c] += power[c];
  }
  for (uint32_t i = 0; i < stage->count; i++)
    for (uint32_t c = 0; c < self->channels; c++) {
      const float power = stage->power[(size_t)i * stride + c];
      out[i * self->channels + c] = !stage->relative ? power : sum[c] == 0 ? 0 : power / sum[c];
    }
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  const sb_value *bands = &values[BANDS];
  if (bands->rows == 0 || bands->rows > MAX_BANDS)
    return host->fail(host, SB_INVALID, "bands: %u bands; give from 1 to %d", bands->rows, MAX_BANDS);
  band_power *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->spectra = (spectra){.row = row,
                             .window_s = values[WINDOW_S].number,
                             .overlap = values[OVERLAP].number,
                             .averages = (uint32_t)values[AVERAGES].number,
                             .window = (sb_window)values[WINDOW].number,
                             .detrend = true,
                             .scaling = SB_WELCH_DENSITY};
  stage->relative = values[RELATIVE].number != 0;
  stage->count = bands->rows;
  for (uint32_t i = 0; i < bands->rows; i++) {
    snprintf(stage->names[i], MAX_NAME, "%s", bands->texts[i]);
    stage->value_names[i] = stage->names[i];
    stage->edges_hz[i][0] = bands->numbers[2 * i];
    stage->edges_hz[i][1] = bands->numbers[2 * i + 1];
  }
  *self = stage;
  return SB_OK;
}

static void deactivate(void *self) {
  band_power *stage = self;
  for (uint32_t i = 0; i < stage->count; i++) {
    free(stage->bands[i].weights);
    stage->bands[i].weights = NULL;
  }
  free(stage->power);
  stage->power = NULL;
  spectra_deactivate(stage);
}

static sb_status prepare(band_power *stage, const sb_host *host, const sb_format *in, sb_format *out) {
  sb_status status = spectra_activate(&stage->spectra, host, in, out);
  if (status != SB_OK) return status;
  const double bin_hz = stage->spectra.bin_hz;
  for (uint32_t i = 0; i < stage->count; i++) {
    char name[MAX_NAME + 8];
    snprintf(name, sizeof name, "bands.%s", stage->names[i]);
    const double *edges_hz = stage->edges_hz[i];
    status = spectra_check_band(host, name, edges_hz[0], edges_hz[1], in->rate_hz);
    if (status != SB_OK) return status;
    if (sb_band_create(edges_hz[0], edges_hz[1], bin_hz, stage->spectra.bins, &stage->bands[i]) != 0)
      return host->fail(host, SB_NO_MEMORY, "out of memory");
  }
  stage->power = aligned_alloc(64, ((stage->count + 1) * sizeof(float) * sb_stride(in->channels, 1) + 63) / 64 * 64);
  return stage->power ? SB_OK : host->fail(host, SB_NO_MEMORY, "out of memory");
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  band_power *stage = self;
  const sb_status status = prepare(stage, host, in, out);
  if (status != SB_OK) {
    deactivate(stage);
    return status;
  }
  snprintf(stage->unit, sizeof stage->unit, "%.32s^2", in->unit ? in->unit : "1");
  out->unit = stage->relative ? "1" : stage->unit;
  out->values = stage->count;
  out->value_names = stage->value_names;
  return SB_OK;
}

const sb_stage_class sb_stage_band_power = {
    .size = sizeof(sb_stage_class),
    .type = "band_power",
    .name = "Band power",
    .category = "spectral",
    .description = "Power of each channel in named frequency bands, by Welch's method; one set of features a hop.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_FEATURES,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
    .activate = activate,
    .process = spectra_process,
    .deactivate = deactivate,
    .destroy = free,
};
