/* SPDX-License-Identifier: Apache-2.0
 *
 * Power in frequency bands: the integral of a power density from `low_hz` to `high_hz`, both edges included, by the
 * trapezoidal rule. An edge between two bins cuts the line that joins them; where both edges are bins it is
 * numpy.trapezoid over the bins low_hz <= f <= high_hz.
 */
#ifndef STAGEBOX_DSP_BANDS_H
#define STAGEBOX_DSP_BANDS_H

#include <stdint.h>

/* An integral as weights of the bins from `first`. */
typedef struct sb_band {
  uint32_t first, count;
  float *weights; /* [count] */
} sb_band;

/* 0 <= low_hz < high_hz <= bin_hz * (bins - 1). Returns 0, or -1 if memory is short; give `weights` to free. [control] */
int sb_band_create(double low_hz, double high_hz, double bin_hz, uint32_t bins, sb_band *band);

/* power[channel] from density: [bins, stride], for `stride` lanes. [rt] */
void sb_band_integrate(const sb_band *band, const float *density, uint32_t stride, float *power);

#endif
