/* SPDX-License-Identifier: Apache-2.0 */
#include "bands.h"

#include <math.h>
#include <stdlib.h>

int sb_band_create(double low_hz, double high_hz, double bin_hz, uint32_t bins, sb_band *band) {
  const double low = low_hz / bin_hz, high = fmin(high_hz / bin_hz, bins - 1.0); /* in bins */
  band->first = (uint32_t)low;
  band->count = (uint32_t)ceil(high) - band->first + 1;
  band->weights = calloc(band->count, sizeof(float));
  if (!band->weights) return -1;
  for (uint32_t i = 0; i + 1 < band->count; i++) {
    const double left = fmax(low - (band->first + i), 0), right = fmin(high - (band->first + i), 1);
    if (right <= left) continue;
    const double middle = (left + right) / 2; /* of the part of this interval that is inside */
    band->weights[i] += (float)((right - left) * (1 - middle) * bin_hz);
    band->weights[i + 1] += (float)((right - left) * middle * bin_hz);
  }
  return 0;
}

void sb_band_integrate(const sb_band *band, const float *density, uint32_t stride, float *power) {
  const float *row = density + (size_t)band->first * stride;
  for (uint32_t lane = 0; lane < stride; lane += 8) {
    float sum[8] = {0};
    for (uint32_t b = 0; b < band->count; b++)
      for (uint32_t i = 0; i < 8; i++) sum[i] += band->weights[b] * row[(size_t)b * stride + lane + i];
    for (uint32_t i = 0; i < 8; i++) power[lane + i] = sum[i];
  }
}
