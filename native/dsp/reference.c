/* SPDX-License-Identifier: Apache-2.0 */
#include "reference.h"

#include <stddef.h>
#include <string.h>

#include "isa.h"

SB_ISA_DECLARE(void, sb_reference_run, (const float *, float *, uint32_t, uint32_t, const float *, const float *));

void sb_reference_run(const float *in, float *out, uint32_t frames, uint32_t stride, const float *weight, const float *applied) {
  SB_ISA_PICK(sb_reference_run)(in, out, frames, stride, weight, applied);
}

void sb_bipolar_run(const float *in, uint32_t in_stride, float *out, uint32_t out_stride, uint32_t frames, const uint32_t *plus,
                    const uint32_t *minus, uint32_t pairs) {
  for (uint32_t frame = 0; frame < frames; frame++, in += in_stride, out += out_stride) {
    for (uint32_t i = 0; i < pairs; i++) out[i] = in[plus[i]] - in[minus[i]];
    memset(out + pairs, 0, (size_t)(out_stride - pairs) * sizeof *out);
  }
}
