/* SPDX-License-Identifier: Apache-2.0 */
#include "decode24.h"

#include "isa.h"

SB_ISA_DECLARE(void, sb_decode24_run, (const uint8_t *, uint32_t, float *, uint32_t, uint32_t, uint32_t, float));

void sb_decode24_run(const uint8_t *in, uint32_t in_stride, float *out, uint32_t out_stride, uint32_t channels, uint32_t frames,
                     float scale) {
  SB_ISA_PICK(sb_decode24_run)(in, in_stride, out, out_stride, channels, frames, scale);
}
