/* SPDX-License-Identifier: Apache-2.0
 *
 * A running sum: one in, one out. Rounding would add up for ever, so a second sum begins at 0 each time the ring begins
 * anew; when the ring is full it has seen exactly the window, and takes the first one's place.
 */
#include "moving_average.h"

#include <stdlib.h>

struct sb_moving_average {
  uint32_t frames, stride;
  uint32_t next; /* row of the ring */
  float *ring;   /* [frames][stride] */
  double *sum;   /* [stride] of the window */
  double *fresh; /* [stride] since the ring began anew */
};

sb_moving_average *sb_moving_average_create(uint32_t frames, uint32_t stride) {
  sb_moving_average *average = calloc(1, sizeof *average);
  if (!average) return NULL;
  average->frames = frames;
  average->stride = stride;
  average->ring = calloc((size_t)frames * stride, sizeof(float));
  average->sum = calloc(stride, sizeof(double));
  average->fresh = calloc(stride, sizeof(double));
  if (!average->ring || !average->sum || !average->fresh) return sb_moving_average_destroy(average), NULL;
  return average;
}

void sb_moving_average_destroy(sb_moving_average *average) {
  if (!average) return;
  free(average->ring), free(average->sum), free(average->fresh), free(average);
}

void sb_moving_average_run(sb_moving_average *average, const float *in, float *out, size_t count) {
  const uint32_t stride = average->stride;
  const double scale = 1.0 / average->frames;
  double *sum = average->sum, *fresh = average->fresh;
  for (; count > 0; count--, in += stride, out += stride) {
    float *oldest = average->ring + (size_t)average->next * stride;
    for (uint32_t channel = 0; channel < stride; channel++) {
      const float x = in[channel];
      sum[channel] += (double)x - oldest[channel];
      fresh[channel] += x;
      oldest[channel] = x;
    }
    if (++average->next == average->frames) {
      average->next = 0;
      for (uint32_t channel = 0; channel < stride; channel++) sum[channel] = fresh[channel], fresh[channel] = 0;
    }
    for (uint32_t channel = 0; channel < stride; channel++) out[channel] = (float)(sum[channel] * scale);
  }
}
