/* SPDX-License-Identifier: Apache-2.0
 *
 * The clock of a device, as seen from CLOCK_MONOTONIC: a line through the arrival times of its frames, fitted by
 * recursive least squares that forgets (half-time in seconds). The line's slope is the true sample period, its
 * distance from the nominal one the drift; arrivals scatter about it by the transport's jitter.
 *
 *     time(frame) = offset + slope * frame
 *
 * (Haykin, Adaptive Filter Theory, ch. 10, for two coefficients.)
 */
#ifndef STAGEBOX_CLOCK_H
#define STAGEBOX_CLOCK_H

#include <stdint.h>

typedef struct sb_clock {
  double nominal_ns;       /* period of a frame by the device's word */
  double half_time_s;
  double origin_frame;     /* coordinates count from the last update, in seconds: numbers stay small */
  int64_t origin_ns;
  double offset_ns, slope; /* of arrival against nominal time; slope 1 is no drift */
  double p00, p01, p11;    /* covariance of offset and slope */
  double jitter_ns;        /* running mean of |arrival - line| */
  uint64_t updates;
} sb_clock;

void sb_clock_init(sb_clock *clock, double rate_hz, double half_time_s);

/* Frames up to `frame` had arrived at `arrival_ns`. [rt] */
void sb_clock_update(sb_clock *clock, uint64_t frame, int64_t arrival_ns);

/* When that frame was, by the line. [rt] */
int64_t sb_clock_time_ns(const sb_clock *clock, uint64_t frame);

/* Positive: the device's clock is fast (its frames come early). [rt] */
double sb_clock_drift_ppm(const sb_clock *clock);

#endif
