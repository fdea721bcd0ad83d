/* SPDX-License-Identifier: Apache-2.0
 *
 * Real poles a factor of four apart with a zero half way (in log frequency) between each two: the slopes of 0 and
 * -20 dB a decade that alternate average to -10 (J. O. Smith, "Spectral Tilt Filters", 2016).
 */
#include "pink.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static double power_of_impulse_response(const sb_pink *pink, double rate_hz, double lowest_hz) {
  const double longest_s = 5 / (2 * M_PI * lowest_hz);
  double previous[SB_PINK_MAX_SECTIONS + 1] = {0}, power = 0;
  for (uint64_t n = 0, last = (uint64_t)(longest_s * rate_hz) + 1; n <= last; n++) {
    double x = n == 0;
    for (uint32_t k = 0; k < pink->sections; k++) {
      const double y = x - pink->zero[k] * previous[k] + pink->pole[k] * previous[k + 1];
      previous[k] = x;
      x = y;
    }
    previous[pink->sections] = x;
    power += x * x;
  }
  return power;
}

void sb_pink_design(sb_pink *pink, double rate_hz, double lowest_hz) {
  memset(pink, 0, sizeof *pink);
  for (double hz = lowest_hz; hz < rate_hz / 2 && pink->sections < SB_PINK_MAX_SECTIONS; hz *= 4) {
    pink->pole[pink->sections] = (float)exp(-2 * M_PI * hz / rate_hz);
    pink->zero[pink->sections++] = (float)exp(-2 * M_PI * 2 * hz / rate_hz);
  }
  pink->gain = (float)(1 / sqrt(power_of_impulse_response(pink, rate_hz, lowest_hz)));
}

void sb_pink_run(const sb_pink *pink, float *restrict state, float *restrict rows, uint32_t frames, uint32_t stride) {
  for (uint32_t frame = 0; frame < frames; frame++) {
    float *row = rows + (size_t)frame * stride;
    for (uint32_t i = 0; i < stride; i++) row[i] *= pink->gain;
    for (uint32_t k = 0; k < pink->sections; k++) {
      const float zero = pink->zero[k], pole = pink->pole[k];
      float *before = state + (size_t)k * stride; /* this section's last input; the next row is its last output */
      const float *after = before + stride;
      for (uint32_t i = 0; i < stride; i++) {
        const float y = row[i] - zero * before[i] + pole * after[i];
        before[i] = row[i];
        row[i] = y;
      }
    }
    memcpy(state + (size_t)pink->sections * stride, row, stride * sizeof(float));
  }
}
