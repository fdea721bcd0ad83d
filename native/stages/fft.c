/* SPDX-License-Identifier: Apache-2.0
 *
 * The amplitudes of a signal's frequencies, window by window: a sine of amplitude A shows A in its bin, a constant its
 * value in bin 0.
 */
#include <math.h>
#include <stdlib.h>

#include "spectra.h"

enum { SIZE, OVERLAP, WINDOW };

static const sb_param params[] = {
    [SIZE] = {.id = "size", .kind = SB_PARAM_INTEGER, .minimum = 8, .maximum = 65536, .fallback = "1024",
              .description = "Frames of a window; even, with no prime factor above 7. Bins are rate / size apart."},
    [OVERLAP] = SPECTRA_OVERLAP,
    [WINDOW] = SPECTRA_WINDOW,
};

/* Power is A^2 / 2 in every bin but the first and the last, where it is A^2. */
static void row(const spectra *self, const float *spectrum, uint32_t stride, float *out) {
  const size_t channels = self->channels, count = channels * self->bins;
  spectra_pack(self, spectrum, stride, out);
  for (size_t i = 0; i < count; i++) out[i] = sqrtf(i < channels || i >= count - channels ? out[i] : 2 * out[i]);
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  spectra *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  *stage = (spectra){.row = row,
                     .size = (uint32_t)values[SIZE].number,
                     .overlap = values[OVERLAP].number,
                     .averages = 1,
                     .window = (sb_window)values[WINDOW].number,
                     .scaling = SB_WELCH_POWER};
  *self = stage;
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  spectra *stage = self;
  const sb_status status = spectra_activate(stage, host, in, out);
  if (status != SB_OK) return status;
  out->values = stage->bins;
  out->bin_hz = stage->bin_hz;
  return SB_OK;
}

const sb_stage_class sb_stage_fft = {
    .size = sizeof(sb_stage_class),
    .type = "fft",
    .name = "Fourier transform",
    .category = "spectral",
    .description = "Amplitude of each frequency, window by window, in the signal's unit.",
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
