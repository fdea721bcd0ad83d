/* SPDX-License-Identifier: Apache-2.0 */
#include "statistics.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static void first_pass(const sb_statistics *s, const float *rows, uint32_t frames, uint32_t stride) {
  memset(s->mean, 0, stride * sizeof *s->mean);
  memcpy(s->minimum, rows, stride * sizeof *rows);
  memcpy(s->maximum, rows, stride * sizeof *rows);
  for (uint32_t f = 0; f < frames; f++, rows += stride)
    for (uint32_t i = 0; i < stride; i++) {
      s->mean[i] += rows[i];
      s->minimum[i] = rows[i] < s->minimum[i] ? rows[i] : s->minimum[i];
      s->maximum[i] = rows[i] > s->maximum[i] ? rows[i] : s->maximum[i];
    }
  for (uint32_t i = 0; i < stride; i++) s->mean[i] /= frames;
}

/* The sum of squares about the mean, which a one-pass formula would lose behind an electrode's offset. */
static void second_pass(const sb_statistics *s, const float *rows, uint32_t frames, uint32_t stride) {
  memset(s->variance, 0, stride * sizeof *s->variance);
  for (uint32_t f = 0; f < frames; f++, rows += stride)
    for (uint32_t i = 0; i < stride; i++) {
      const double deviation = rows[i] - s->mean[i];
      s->variance[i] += deviation * deviation;
    }
}

void sb_statistics_run(const sb_statistics *s, const float *rows, uint32_t frames, uint32_t stride) {
  first_pass(s, rows, frames, stride);
  second_pass(s, rows, frames, stride);
  for (uint32_t i = 0; i < stride; i++) {
    s->variance[i] /= frames;
    s->power[i] = s->variance[i] + s->mean[i] * s->mean[i];
    if (isnan(s->mean[i])) s->minimum[i] = s->maximum[i] = NAN;
  }
}
