/* SPDX-License-Identifier: Apache-2.0
 *
 * The mean of the latest frames of each channel, at the same cost for any number of them.
 */
#ifndef STAGEBOX_DSP_MOVING_AVERAGE_H
#define STAGEBOX_DSP_MOVING_AVERAGE_H

#include <stddef.h>
#include <stdint.h>

typedef struct sb_moving_average sb_moving_average;

/* Means of `frames` > 0. NULL if there is no memory. [control] */
sb_moving_average *sb_moving_average_create(uint32_t frames, uint32_t stride);
void sb_moving_average_destroy(sb_moving_average *average);

/* out[count x stride] may be in[count x stride]. The signal before the first call is 0. A NaN has left its channel after
 * at most twice the window. [rt] */
void sb_moving_average_run(sb_moving_average *average, const float *in, float *out, size_t count);

#endif
