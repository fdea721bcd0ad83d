/* SPDX-License-Identifier: Apache-2.0
 *
 * Takes away the straight line that fits the last samples best, for every lane and frame.
 */
#ifndef STAGEBOX_DSP_DETREND_H
#define STAGEBOX_DSP_DETREND_H

#include <stdbool.h>
#include <stdint.h>

typedef struct sb_detrend {
  uint32_t window, stride;
  bool linear;            /* false: a constant, the mean */
  uint32_t place, filled; /* next row of the ring; rows in use */
  float *ring;            /* [window x stride], the caller's */
  /* [stride] each. Over the window, oldest sample first: sum x and sum k x, k = 0, 1 ...; and the same over the samples
   * since place was 0. */
  double *sum, *moment, *fresh_sum, *fresh_moment;
  uint32_t *missing; /* [stride] samples in the window that are not finite */
} sb_detrend;

/* out = the newest sample minus the line's value there. Rows are [frames x stride]; in may be out. Until the window is
 * full, over the samples there are. NaN while a sample that is not finite lies in the window. [rt] */
void sb_detrend_run(sb_detrend *detrend, const float *in, float *out, uint32_t frames);

#endif
