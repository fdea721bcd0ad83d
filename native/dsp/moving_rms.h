/* SPDX-License-Identifier: Apache-2.0
 *
 * Root mean square of the last samples, for every lane and frame.
 */
#ifndef STAGEBOX_DSP_MOVING_RMS_H
#define STAGEBOX_DSP_MOVING_RMS_H

#include <stdint.h>

typedef struct sb_moving_rms {
  uint32_t window, stride;
  uint32_t place, filled; /* next row of the ring; rows in use */
  float *ring;            /* [window x stride], the caller's */
  double *sum, *fresh;    /* [stride] each: of the squares of the window, and of those since place was 0 */
  uint32_t *missing;      /* [stride] samples in the window that are not finite */
} sb_moving_rms;

/* Rows are [frames x stride]; in may be out. Until the window is full, over the samples there are. NaN while a
 * sample that is not finite lies in the window. [rt] */
void sb_moving_rms_run(sb_moving_rms *rms, const float *in, float *out, uint32_t frames);

#endif
