/* SPDX-License-Identifier: Apache-2.0
 *
 * What the analyzer says about one channel's window of samples. Arithmetic only.
 */
#ifndef FEATURES_H
#define FEATURES_H

#include <math.h>
#include <stdint.h>

enum features {
  RMS,
  PEAK_TO_PEAK,
  ZERO_CROSSINGS_HZ, /* of the signal less its mean */
  LINE_LENGTH,       /* way that the sample value goes in a second */
  KURTOSIS,          /* above that of a normal distribution, as scipy.stats.kurtosis */
  CENTROID_HZ,       /* mean frequency, weighted by power */
  EDGE95_HZ,         /* 95 % of the power lie at or below it */
  DOMINANT_HZ,       /* the strongest bin */
  TOTAL_POWER,       /* of the signal less its mean, under the taper */
  FEATURES,
};

static const char *const feature_names[FEATURES] = {
    "rms", "peak_to_peak", "zero_crossings_hz", "line_length", "kurtosis", "centroid_hz", "edge95_hz", "dominant_hz", "total_power",
};

static inline double mean_of(const float *x, uint32_t count) {
  double sum = 0;
  for (uint32_t i = 0; i < count; i++) sum += (double)x[i];
  return sum / count;
}

/* The features of time. [rt] */
static inline void temporal_features(const float *x, uint32_t count, double mean, double seconds, double *out) {
  double lowest = (double)x[0], highest = (double)x[0], squares = 0, way = 0, second = 0, fourth = 0;
  uint32_t crossings = 0;
  for (uint32_t i = 0; i < count; i++) {
    const double value = (double)x[i], square = (value - mean) * (value - mean);
    lowest = fmin(lowest, value), highest = fmax(highest, value);
    squares += value * value, second += square, fourth += square * square;
    if (i == 0) continue;
    const double before = (double)x[i - 1];
    way += fabs(value - before);
    crossings += (value >= mean) != (before >= mean);
  }
  out[RMS] = sqrt(squares / count);
  out[PEAK_TO_PEAK] = highest - lowest;
  out[ZERO_CROSSINGS_HZ] = crossings / seconds;
  out[LINE_LENGTH] = way / seconds;
  out[KURTOSIS] = second > 0 ? fourth * count / (second * second) - 3 : 0;
}

/* The features of frequency; `power` of each bin, in unit squared. [rt] */
static inline void spectral_features(const float *power, uint32_t bins, double bin_hz, double *out) {
  double total = 0, moment = 0, sum = 0;
  uint32_t strongest = 1, edge = 0;
  for (uint32_t b = 0; b < bins; b++) {
    total += (double)power[b], moment += b * bin_hz * (double)power[b];
    if (b > 0 && power[b] > power[strongest]) strongest = b;
  }
  while (edge < bins - 1 && (sum += (double)power[edge]) < 0.95 * total) edge++;
  const int is_silent = !(total > 0);
  out[TOTAL_POWER] = total;
  out[CENTROID_HZ] = is_silent ? 0 : moment / total;
  out[EDGE95_HZ] = is_silent ? 0 : edge * bin_hz;
  out[DOMINANT_HZ] = is_silent ? 0 : strongest * bin_hz;
}

#endif
