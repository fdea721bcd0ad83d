/* SPDX-License-Identifier: Apache-2.0
 *
 * Least squares over x[0..m-1] with S = sum x and M = sum k x: the line has the mean S / m and the slope
 * 12 (M - (m - 1) S / 2) / (m (m^2 - 1)), so its value at the newest sample, k = m - 1, is
 *
 *     6 M / (m (m + 1)) - 2 (m - 2) S / (m (m + 1))
 *
 * When the full window moves on, every k falls by one: M becomes M - (S - oldest) + (m - 1) newest. Fresh sums keep
 * rounding errors from gathering, as in moving_rms.c.
 */
#include "detrend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sb_detrend {
  uint32_t window, stride;
  bool linear;
  uint32_t place, filled;           /* next row of the ring; rows in use */
  float *ring;                      /* [window x stride] */
  double *sum, *moment;             /* [stride] each, over the window: S and M */
  double *fresh_sum, *fresh_moment; /* the same over the samples since place was 0 */
  uint32_t *missing;                /* [stride] samples in the window that are not finite */
};

sb_detrend *sb_detrend_create(uint32_t window, uint32_t stride, bool linear) {
  sb_detrend *d = calloc(1, sizeof *d);
  if (!d) return NULL;
  d->window = window;
  d->stride = stride;
  d->linear = linear;
  d->ring = calloc((size_t)window * stride, sizeof(float));
  d->sum = calloc((size_t)4 * stride, sizeof(double));
  d->missing = calloc(stride, sizeof(uint32_t));
  if (!d->ring || !d->sum || !d->missing) return sb_detrend_destroy(d), NULL;
  d->moment = d->sum + stride;
  d->fresh_sum = d->moment + stride;
  d->fresh_moment = d->fresh_sum + stride;
  return d;
}

void sb_detrend_destroy(sb_detrend *d) {
  if (!d) return;
  free(d->ring), free(d->sum), free(d->missing), free(d);
}

static inline double finite_or_zero(float sample) { return isfinite(sample) ? sample : 0; }

static void add_row(sb_detrend *d, const float *row, float *oldest) {
  const bool full = d->filled == d->window;
  const double newest_at = full ? d->window - 1 : d->filled, fresh_at = d->place, moves = full;
  for (uint32_t i = 0; i < d->stride; i++) {
    const double x = finite_or_zero(row[i]), old = finite_or_zero(oldest[i]);
    d->moment[i] += newest_at * x - moves * (d->sum[i] - old);
    d->sum[i] += x - old;
    d->fresh_moment[i] += fresh_at * x;
    d->fresh_sum[i] += x;
    d->missing[i] += (uint32_t)!isfinite(row[i]) - (uint32_t)!isfinite(oldest[i]);
    oldest[i] = row[i];
  }
}

static void refresh(sb_detrend *d) {
  const size_t bytes = d->stride * sizeof(double);
  memcpy(d->sum, d->fresh_sum, bytes), memset(d->fresh_sum, 0, bytes);
  memcpy(d->moment, d->fresh_moment, bytes), memset(d->fresh_moment, 0, bytes);
}

void sb_detrend_run(sb_detrend *d, const float *in, float *out, uint32_t frames) {
  for (uint32_t f = 0; f < frames; f++, in += d->stride, out += d->stride) {
    float *newest = d->ring + (size_t)d->place * d->stride;
    add_row(d, in, newest);
    if (d->filled < d->window) d->filled++;
    if (++d->place == d->window) {
      d->place = 0;
      refresh(d);
    }
    const double m = d->filled;
    const double of_sum = d->linear ? (4 - 2 * m) / (m * (m + 1)) : 1 / m, of_moment = d->linear ? 6 / (m * (m + 1)) : 0;
    for (uint32_t i = 0; i < d->stride; i++)
      out[i] = d->missing[i] ? NAN : (float)(newest[i] - (of_sum * d->sum[i] + of_moment * d->moment[i]));
  }
}
