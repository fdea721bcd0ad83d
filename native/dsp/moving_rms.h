/* SPDX-License-Identifier: Apache-2.0
 *
 * Root mean square of the last samples, for every lane and frame.
 */
#ifndef STAGEBOX_DSP_MOVING_RMS_H
#define STAGEBOX_DSP_MOVING_RMS_H

#include <stdint.h>

typedef struct sb_moving_rms sb_moving_rms;

/* Over `window` > 0 frames. NULL if there is no memory. [control] */
sb_moving_rms *sb_moving_rms_create(uint32_t window, uint32_t stride);
void sb_moving_rms_destroy(sb_moving_rms *rms);

/* Rows are [frames x stride]; in may be out. Until the window is full, over the samples there are. NaN while a
 * sample that is not finite lies in the window. [rt] */
void sb_moving_rms_run(sb_moving_rms *rms, const float *in, float *out, uint32_t frames);

#endif
