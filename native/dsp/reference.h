/* SPDX-License-Identifier: Apache-2.0
 *
 * Referencing: subtracts a weighted mean of channels from the channels.
 */
#ifndef STAGEBOX_DSP_REFERENCE_H
#define STAGEBOX_DSP_REFERENCE_H

#include <stdint.h>

/* out[frame][i] = in[frame][i] - applied[i] * sum over k of weight[k] * in[frame][k], where the weights add up to 1 and
 * padding lanes have weight 0. Rows are [frames x stride], weight and applied [stride]; in may be out. A channel that
 * is not finite in a frame is left out of the mean there. [rt] */
void sb_reference_run(const float *in, float *out, uint32_t frames, uint32_t stride, const float *weight, const float *applied);

/* out[frame][i] = in[frame][plus[i]] - in[frame][minus[i]] for i < pairs, and 0 in the padding. [rt] */
void sb_bipolar_run(const float *in, uint32_t in_stride, float *out, uint32_t out_stride, uint32_t frames, const uint32_t *plus,
                    const uint32_t *minus, uint32_t pairs);

#endif
