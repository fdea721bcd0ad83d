/* SPDX-License-Identifier: Apache-2.0
 *
 * Takes away the straight line that fits the last samples best, for every lane and frame.
 */
#ifndef STAGEBOX_DSP_DETREND_H
#define STAGEBOX_DSP_DETREND_H

#include <stdbool.h>
#include <stdint.h>

typedef struct sb_detrend sb_detrend;

/* The line through `window` > 0 frames; if not `linear` a constant, their mean. NULL if there is no memory. [control] */
sb_detrend *sb_detrend_create(uint32_t window, uint32_t stride, bool linear);
void sb_detrend_destroy(sb_detrend *detrend);

/* out = the newest sample minus the line's value there. Rows are [frames x stride]; in may be out. Until the window is
 * full, over the samples there are. NaN while a sample that is not finite lies in the window. [rt] */
void sb_detrend_run(sb_detrend *detrend, const float *in, float *out, uint32_t frames);

#endif
