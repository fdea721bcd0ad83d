/* SPDX-License-Identifier: Apache-2.0
 *
 * h is odd: H(x)[t] = sum over odd n > 0 of h[n] (x[t - n] - x[t + n]). Four output rows at a time hide each other's latency.
 */
#include "hilbert.h"
#include "simd.h"

enum { TILE = 4 };

static inline sb_f32v root(sb_f32v x) {
  for (int i = 0; i < SB_F32_LANES; i++) x[i] = __builtin_sqrtf(x[i]);
  return x;
}

static inline __attribute__((always_inline)) void tile(const float *x, float *out, ptrdiff_t stride, const float *coefficients,
                                                       uint32_t count, const int rows) {
  sb_f32v sum[TILE] = {{0}};
  for (uint32_t i = 0; i < count; i++) {
    const ptrdiff_t n = (2 * (ptrdiff_t)i + 1) * stride;
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++)
      sum[r] += (sb_f32v_load(x + r * stride - n) - sb_f32v_load(x + r * stride + n)) * coefficients[i];
  }
#pragma GCC unroll 4
  for (int r = 0; r < rows; r++) {
    const sb_f32v here = sb_f32v_load(x + r * stride);
    sb_f32v_store(out + r * stride, root(here * here + sum[r] * sum[r]));
  }
}

void SB_ISA_NAME(sb_hilbert_run)(const float *x, float *out, uint32_t frames, uint32_t stride, const float *coefficients,
                                 uint32_t count) {
  for (uint32_t lane = 0; lane < stride; lane += SB_F32_LANES) {
    uint32_t t = 0;
    for (; t + TILE <= frames; t += TILE)
      tile(x + (size_t)t * stride + lane, out + (size_t)t * stride + lane, stride, coefficients, count, TILE);
    for (; t < frames; t++)
      tile(x + (size_t)t * stride + lane, out + (size_t)t * stride + lane, stride, coefficients, count, 1);
  }
}
