/* SPDX-License-Identifier: Apache-2.0
 *
 * Moments and extremes of a window, for every lane.
 */
#ifndef STAGEBOX_DSP_STATISTICS_H
#define STAGEBOX_DSP_STATISTICS_H

#include <stdint.h>

typedef struct sb_statistics {
  double *mean, *variance, *power; /* [stride] each, the caller's; the variance is the population's, 1 / n */
  float *minimum, *maximum;        /* [stride] each */
} sb_statistics;

/* Of rows [frames x stride], in two passes. Where a lane has a NaN, all of its values are NaN. [rt] */
void sb_statistics_run(const sb_statistics *statistics, const float *rows, uint32_t frames, uint32_t stride);

#endif
