/* SPDX-License-Identifier: Apache-2.0
 *
 * Four frames at a time: the weights are loaded once for four rows, and the four sums across lanes are made together.
 */
#include "reference.h"

#include <math.h>

#include "simd.h"

enum { TILE = 4, PARTS = 8 / SB_F32_LANES };

typedef float quad __attribute__((vector_size(16)));

SB_ISA_DECLARE(void, sb_reference_run, (const float *, float *, uint32_t, uint32_t, const float *, const float *));

static float mean_of_finite(const float *row, uint32_t stride, const float *weight) {
  double sum = 0, total = 0;
  for (uint32_t i = 0; i < stride; i++) {
    if (weight[i] == 0 || !isfinite(row[i])) continue;
    sum += (double)weight[i] * row[i];
    total += weight[i];
  }
  return total > 0 ? (float)(sum / total) : 0;
}

static inline quad fold(const sb_f32v *parts) {
  quad halves[2];
  memcpy(halves, parts, sizeof halves);
  return halves[0] + halves[1];
}

/* The sums across the lanes of four vectors. */
static inline quad sums(quad a, quad b, quad c, quad d) {
  const quad ab = __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const quad cd = __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);
  return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

/* `count` is 1 or TILE, and known to the compiler. */
static inline __attribute__((always_inline)) void run_tile(const float *in, float *out, uint32_t count, uint32_t stride,
                                                           const float *weight, const float *applied) {
  sb_f32v sum[TILE][PARTS] = {0};
  for (uint32_t i = 0; i < stride; i += 8)
    for (uint32_t p = 0; p < PARTS; p++) {
      const sb_f32v w = sb_f32v_load(weight + i + p * SB_F32_LANES);
      for (uint32_t f = 0; f < count; f++) sum[f][p] += sb_f32v_load(in + (size_t)f * stride + i + p * SB_F32_LANES) * w;
    }
  const quad together = sums(fold(sum[0]), fold(sum[1]), fold(sum[2]), fold(sum[3]));
  sb_f32v mean[TILE];
  for (uint32_t f = 0; f < count; f++)
    mean[f] = sb_f32v_splat(isfinite(together[f]) ? together[f] : mean_of_finite(in + (size_t)f * stride, stride, weight));
  for (uint32_t i = 0; i < stride; i += SB_F32_LANES) {
    const sb_f32v a = sb_f32v_load(applied + i);
    for (uint32_t f = 0; f < count; f++) {
      const size_t at = (size_t)f * stride + i;
      sb_f32v_store(out + at, sb_f32v_load(in + at) - mean[f] * a);
    }
  }
}

void SB_ISA_NAME(sb_reference_run)(const float *in, float *out, uint32_t frames, uint32_t stride, const float *weight,
                                   const float *applied) {
  uint32_t frame = 0;
  for (; frame + TILE <= frames; frame += TILE)
    run_tile(in + (size_t)frame * stride, out + (size_t)frame * stride, TILE, stride, weight, applied);
  for (; frame < frames; frame++) run_tile(in + (size_t)frame * stride, out + (size_t)frame * stride, 1, stride, weight, applied);
}
