/* SPDX-License-Identifier: Apache-2.0
 *
 * A tile of 4 frames by 8 outputs stays in registers while the inputs pass: each column of the matrix is loaded once
 * for four frames, each sample once for eight outputs.
 */
#include "matrix.h"

#include "simd.h"

enum { TILE = 4, PARTS = 8 / SB_F32_LANES };

SB_ISA_DECLARE(void, sb_matrix_run, (const float *, uint32_t, uint32_t, float *, uint32_t, uint32_t, const float *));

/* `count` is 1 or TILE, and known to the compiler. */
static inline __attribute__((always_inline)) void run_tile(const float *in, uint32_t in_stride, uint32_t inputs, float *out,
                                                           uint32_t out_stride, uint32_t count, const float *columns) {
  for (uint32_t o = 0; o < out_stride; o += 8) {
    sb_f32v sum[TILE][PARTS] = {0};
    for (uint32_t i = 0; i < inputs; i++)
      for (uint32_t p = 0; p < PARTS; p++) {
        const sb_f32v column = sb_f32v_load(columns + (size_t)i * out_stride + o + p * SB_F32_LANES);
        for (uint32_t f = 0; f < count; f++) sum[f][p] += sb_f32v_splat(in[(size_t)f * in_stride + i]) * column;
      }
    for (uint32_t f = 0; f < count; f++)
      for (uint32_t p = 0; p < PARTS; p++) sb_f32v_store(out + (size_t)f * out_stride + o + p * SB_F32_LANES, sum[f][p]);
  }
}

void SB_ISA_NAME(sb_matrix_run)(const float *in, uint32_t in_stride, uint32_t inputs, float *out, uint32_t out_stride,
                                uint32_t frames, const float *columns) {
  uint32_t f = 0;
  for (; f + TILE <= frames; f += TILE)
    run_tile(in + (size_t)f * in_stride, in_stride, inputs, out + (size_t)f * out_stride, out_stride, TILE, columns);
  for (; f < frames; f++)
    run_tile(in + (size_t)f * in_stride, in_stride, inputs, out + (size_t)f * out_stride, out_stride, 1, columns);
}
