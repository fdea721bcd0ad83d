/* SPDX-License-Identifier: Apache-2.0
 *
 * 24-bit two's complement samples, big-endian, as the ADS1299 and most EEG converters send them.
 */
#ifndef STAGEBOX_DSP_DECODE24_H
#define STAGEBOX_DSP_DECODE24_H

#include <stdint.h>

/* out[frame][channel] = sample * scale, exactly rounded once; the padding becomes 0. A frame begins every `in_stride`
 * bytes (at least 3 * channels) of `in`, every `out_stride` floats of `out`. Reads only the samples' own bytes. [rt] */
void sb_decode24_run(const uint8_t *in, uint32_t in_stride, float *out, uint32_t out_stride, uint32_t channels, uint32_t frames,
                     float scale);

#endif
