/* SPDX-License-Identifier: Apache-2.0
 *
 * The power spectrum of a signal by Welch's method, one spectrum a hop, equal to scipy.signal.welch over the windows averaged.
 */
#include <stdio.h>
#include <stdlib.h>

#include "spectra.h"

typedef struct psd {
  spectra spectra;
  char unit[40];
} psd;

enum { WINDOW_S, SIZE, OVERLAP, AVERAGES, WINDOW, DETREND, SCALING };

static const char *const scalings[] = {"density", "power", NULL};

static const sb_param params[] = {
    [WINDOW_S] = SPECTRA_WINDOW_S,
    [SIZE] = {.id = "size", .kind = SB_PARAM_INTEGER, .minimum = 0, .maximum = 65536, .fallback = "0",
              .description = "Frames of a window in place of window_s; 0 leaves it to window_s."},
    [OVERLAP] = SPECTRA_OVERLAP,
    [AVERAGES] = SPECTRA_AVERAGES,
    [WINDOW] = SPECTRA_WINDOW,
    [DETREND] = SPECTRA_DETREND,
    [SCALING] = {.id = "scaling", .kind = SB_PARAM_CHOICE, .choices = scalings, .fallback = "density",
                 .description = "density: power per hertz, for noise; power: of each bin, for sines."},
};

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  psd *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->spectra = (spectra){.row = spectra_pack,
                             .window_s = values[WINDOW_S].number,
                             .size = (uint32_t)values[SIZE].number,
                             .overlap = values[OVERLAP].number,
                             .averages = (uint32_t)values[AVERAGES].number,
                             .window = (sb_window)values[WINDOW].number,
                             .detrend = values[DETREND].number != 0,
                             .scaling = (sb_welch_scaling)values[SCALING].number};
  *self = stage;
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  psd *stage = self;
  const sb_status status = spectra_activate(&stage->spectra, host, in, out);
  if (status != SB_OK) return status;
  snprintf(stage->unit, sizeof stage->unit, "%.32s^2%s", in->unit ? in->unit : "1",
           stage->spectra.scaling == SB_WELCH_DENSITY ? "/Hz" : "");
  out->unit = stage->unit;
  out->values = stage->spectra.bins;
  out->bin_hz = stage->spectra.bin_hz;
  return SB_OK;
}

const sb_stage_class sb_stage_psd = {
    .size = sizeof(sb_stage_class),
    .type = "psd",
    .name = "Power spectrum",
    .category = "spectral",
    .description = "Power spectral density by Welch's method, as scipy.signal.welch; one spectrum a hop.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_SPECTRUM,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
    .activate = activate,
    .process = spectra_process,
    .deactivate = spectra_deactivate,
    .destroy = free,
};
