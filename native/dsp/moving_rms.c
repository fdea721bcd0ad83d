/* SPDX-License-Identifier: Apache-2.0
 *
 * A running sum gathers rounding errors for ever. Here a second sum begins anew each time the ring is full, and after
 * one more round is exactly that of the window: it takes the first one's place.
 */
#include "moving_rms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sb_moving_rms {
  uint32_t window, stride;
  uint32_t place, filled; /* next row of the ring; rows in use */
  float *ring;            /* [window x stride] */
  double *sum, *fresh;    /* [stride] each: of the squares of the window, and of those since place was 0 */
  uint32_t *missing;      /* [stride] samples in the window that are not finite */
};

sb_moving_rms *sb_moving_rms_create(uint32_t window, uint32_t stride) {
  sb_moving_rms *rms = calloc(1, sizeof *rms);
  if (!rms) return NULL;
  rms->window = window;
  rms->stride = stride;
  rms->ring = calloc((size_t)window * stride, sizeof(float));
  rms->sum = calloc((size_t)2 * stride, sizeof(double));
  rms->missing = calloc(stride, sizeof(uint32_t));
  if (!rms->ring || !rms->sum || !rms->missing) return sb_moving_rms_destroy(rms), NULL;
  rms->fresh = rms->sum + stride;
  return rms;
}

void sb_moving_rms_destroy(sb_moving_rms *rms) {
  if (!rms) return;
  free(rms->ring), free(rms->sum), free(rms->missing), free(rms);
}

static inline double square_or_zero(float sample) { return isfinite(sample) ? (double)sample * sample : 0; }

static void add_row(sb_moving_rms *rms, const float *row, float *oldest) {
  for (uint32_t i = 0; i < rms->stride; i++) {
    const double square = square_or_zero(row[i]);
    rms->sum[i] += square - square_or_zero(oldest[i]);
    rms->fresh[i] += square;
    rms->missing[i] += (uint32_t)!isfinite(row[i]) - (uint32_t)!isfinite(oldest[i]);
    oldest[i] = row[i];
  }
}

void sb_moving_rms_run(sb_moving_rms *rms, const float *in, float *out, uint32_t frames) {
  for (uint32_t f = 0; f < frames; f++, in += rms->stride, out += rms->stride) {
    add_row(rms, in, rms->ring + (size_t)rms->place * rms->stride);
    if (rms->filled < rms->window) rms->filled++;
    if (++rms->place == rms->window) {
      rms->place = 0;
      memcpy(rms->sum, rms->fresh, rms->stride * sizeof *rms->sum);
      memset(rms->fresh, 0, rms->stride * sizeof *rms->fresh);
    }
    for (uint32_t i = 0; i < rms->stride; i++)
      out[i] = rms->missing[i] ? NAN : (float)sqrt(fmax(rms->sum[i], 0) / rms->filled);
  }
}
