/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include <math.h>

void sb_clock_init(sb_clock *clock, double rate_hz, double half_time_s) {
  *clock = (sb_clock){.nominal_ns = 1e9 / rate_hz, .half_time_s = half_time_s, .slope = 1, .p00 = 1e6, .p11 = 1e-2};
}

/* State is carried along to each new frame, so that the regressor is always (1, 0) there and what grows without
 * bound never enters: offset is the fitted time of the latest frame itself. Seconds inside, for conditioning. */
void sb_clock_update(sb_clock *clock, uint64_t frame, int64_t arrival_ns) {
  if (clock->updates++ == 0) {
    clock->origin_frame = (double)frame;
    clock->origin_ns = arrival_ns;
    return;
  }
  const double step_s = ((double)frame - clock->origin_frame) * clock->nominal_ns * 1e-9;
  if (step_s <= 0) return;

  /* Predict: move the line's origin on by step_s, and let old knowledge fade. */
  const double forget = pow(0.5, -step_s / clock->half_time_s);
  const double p00 = (clock->p00 + 2 * step_s * clock->p01 + step_s * step_s * clock->p11) * forget;
  const double p01 = (clock->p01 + step_s * clock->p11) * forget;
  const double p11 = clock->p11 * forget;
  const double predicted_ns = clock->offset_ns + clock->slope * step_s * 1e9;

  /* Correct by the arrival; unit measurement noise scales out of the gains. */
  const double error_ns = (double)(arrival_ns - clock->origin_ns) - predicted_ns;
  const double gain0 = p00 / (p00 + 1), gain1 = p01 / (p00 + 1);
  const double fitted_ns = predicted_ns + gain0 * error_ns;
  clock->slope += gain1 * error_ns * 1e-9;
  clock->p00 = p00 - gain0 * p00;
  clock->p01 = p01 - gain0 * p01;
  clock->p11 = p11 - gain1 * p01;

  const double weight = clock->updates < 50 ? 1.0 / (double)clock->updates : 0.02;
  clock->jitter_ns += weight * (fabs(error_ns) - clock->jitter_ns);

  /* The whole nanoseconds of the fitted time become the new origin. */
  const double whole_ns = floor(fitted_ns);
  clock->origin_ns += (int64_t)whole_ns;
  clock->offset_ns = fitted_ns - whole_ns;
  clock->origin_frame = (double)frame;
}

int64_t sb_clock_time_ns(const sb_clock *clock, uint64_t frame) {
  const double ahead_ns = ((double)frame - clock->origin_frame) * clock->nominal_ns;
  return clock->origin_ns + (int64_t)llround(clock->offset_ns + clock->slope * ahead_ns);
}

double sb_clock_drift_ppm(const sb_clock *clock) { return (1 / clock->slope - 1) * 1e6; }
