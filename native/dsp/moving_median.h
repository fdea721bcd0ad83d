/* SPDX-License-Identifier: Apache-2.0
 *
 * The last samples of one channel in order of size: their median, and the median of their distances from it.
 */
#ifndef STAGEBOX_DSP_MOVING_MEDIAN_H
#define STAGEBOX_DSP_MOVING_MEDIAN_H

#include <stdint.h>

typedef struct sb_moving_median {
  uint32_t window, place, filled; /* samples; `place` of the next in `recent`; how many are sorted */
  float *recent, *sorted;         /* [window] each, the caller's; a sample that is not finite is in `recent` only */
} sb_moving_median;

/* Begins as if every sample before the first had been like it. [rt] */
void sb_moving_median_begin(sb_moving_median *median, float first);

/* The newest sample in, the oldest out; costs a search and a move of up to `window` floats. [rt] */
void sb_moving_median_push(sb_moving_median *median, float sample);

/* The sample pushed `ago` pushes before the newest, ago < window. [rt] */
float sb_moving_median_sample(const sb_moving_median *median, uint32_t ago);

/* Of the finite samples, the mean of the middle two where their count is even; NaN if there are none. [rt] */
float sb_moving_median_value(const sb_moving_median *median);

/* Median absolute deviation: the median of |sample - value|. [rt] */
float sb_moving_median_deviation(const sb_moving_median *median, float value);

#endif
