/* SPDX-License-Identifier: Apache-2.0
 *
 * The convolution of resample.h: four outputs at a time, so that their sums need not wait for one another.
 */
#include "simd.h"

#include "history.h"
#include "resample.h"

enum { TILE = 4, ROW = SB_HISTORY_LANES, VECTORS = ROW / SB_F32_LANES };

typedef struct place {
  uint64_t row;
  uint32_t phase;
} place;

static inline __attribute__((always_inline)) place convolve(const uint32_t tile, place at, place step,
                                                            const float *restrict phases, uint32_t taps, uint32_t up,
                                                            const float *restrict x, float *restrict out, uint32_t stride) {
  const float *h[TILE], *oldest[TILE];
  sb_f32v sums[TILE * VECTORS] = {{0}};
#pragma GCC unroll 4
  for (uint32_t i = 0; i < tile; i++) {
    h[i] = phases + (size_t)at.phase * taps;
    oldest[i] = x + (ptrdiff_t)(at.row * ROW) - (ptrdiff_t)(taps - 1) * ROW;
    at.row += step.row;
    at.phase += step.phase;
    if (at.phase >= up) at.phase -= up, at.row++;
  }
  for (uint32_t k = 0; k < taps; k++)
#pragma GCC unroll 8
    for (uint32_t i = 0; i < tile * VECTORS; i++)
      sums[i] += h[i / VECTORS][k] * sb_f32v_load(oldest[i / VECTORS] + (size_t)k * ROW + i % VECTORS * SB_F32_LANES);
#pragma GCC unroll 8
  for (uint32_t i = 0; i < tile * VECTORS; i++)
    sb_f32v_store(out + (size_t)(i / VECTORS) * stride + i % VECTORS * SB_F32_LANES, sums[i]);
  return at;
}

void SB_ISA_NAME(sb_resample_convolve)(const float *phases, uint32_t taps, uint32_t up, uint32_t down, uint64_t position,
                                       const float *x, float *out, uint32_t count, uint32_t stride) {
  const place step = {down / up, down % up};
  place at = {position / up, (uint32_t)(position % up)};
  for (; count >= TILE; count -= TILE, out += (size_t)TILE * stride)
    at = convolve(TILE, at, step, phases, taps, up, x, out, stride);
  for (; count > 0; count--, out += stride) at = convolve(1, at, step, phases, taps, up, x, out, stride);
}
