/* SPDX-License-Identifier: Apache-2.0
 *
 * Vectors for *.simd.c files, in GCC's and clang's portable notation: a + b, a * b work lane by lane.
 *
 * Channels lie in the lanes (`data[frame * stride + channel]`, stride a multiple of 8 floats, rows aligned to
 * 32 bytes), so kernels walk rows in groups of 8 channels and never meet a remainder. A float vector is at most 8
 * lanes wide for that reason; doubles fill the whole register.
 */
#ifndef STAGEBOX_DSP_SIMD_H
#define STAGEBOX_DSP_SIMD_H

#include <stddef.h>
#include <string.h>

#include "isa.h"

#if SB_ISA == 512
#define SB_F32_LANES 8
#define SB_F64_LANES 8
#elif SB_ISA == 256
#define SB_F32_LANES 8
#define SB_F64_LANES 4
#else
#define SB_F32_LANES 4
#define SB_F64_LANES 2
#endif

typedef float sb_f32v __attribute__((vector_size(SB_F32_LANES * 4)));
typedef double sb_f64v __attribute__((vector_size(SB_F64_LANES * 8)));

static inline sb_f32v sb_f32v_load(const float *from) {
  sb_f32v vector;
  memcpy(&vector, from, sizeof vector);
  return vector;
}

static inline void sb_f32v_store(float *to, sb_f32v vector) { memcpy(to, &vector, sizeof vector); }

static inline sb_f32v sb_f32v_splat(float number) { return number - (sb_f32v){0}; }

static inline sb_f64v sb_f64v_load(const double *from) {
  sb_f64v vector;
  memcpy(&vector, from, sizeof vector);
  return vector;
}

static inline void sb_f64v_store(double *to, sb_f64v vector) { memcpy(to, &vector, sizeof vector); }

static inline sb_f64v sb_f64v_splat(double number) { return number - (sb_f64v){0}; }

#endif
