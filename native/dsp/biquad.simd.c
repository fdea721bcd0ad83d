/* SPDX-License-Identifier: Apache-2.0
 *
 * The inner loop of biquad.h, twice: float64 state and float32 state. A column is as many channels as a vector has
 * lanes; it runs down all frames with its state in registers, sections unrolled.
 */
#include "simd.h"

#include "biquad_kernel.h"

typedef float narrow __attribute__((vector_size(SB_F64_LANES * 4)));

static inline sb_f64v widen(const float *from) {
  narrow vector;
  memcpy(&vector, from, sizeof vector);
  return __builtin_convertvector(vector, sb_f64v);
}

static inline void narrow_to(float *to, sb_f64v wide) {
  const narrow vector = __builtin_convertvector(wide, narrow);
  memcpy(to, &vector, sizeof vector);
}

#define RUN SB_ISA_NAME(sb_biquad_run_f64)
#define COLUMN column_f64
#define KEEP keep_f64
#define SECTION sb_biquad_f64
#define REAL double
#define SMALLEST 1e-60
#define VECTOR sb_f64v
#define LANES SB_F64_LANES
#define LOAD_STATE sb_f64v_load
#define STORE_STATE sb_f64v_store
#define LOAD widen
#define STORE narrow_to
#include "biquad_loop.h"

#define RUN SB_ISA_NAME(sb_biquad_run_f32)
#define COLUMN column_f32
#define KEEP keep_f32
#define SECTION sb_biquad_f32
#define REAL float
#define SMALLEST 1e-30f
#define VECTOR sb_f32v
#define LANES SB_F32_LANES
#define LOAD_STATE sb_f32v_load
#define STORE_STATE sb_f32v_store
#define LOAD sb_f32v_load
#define STORE sb_f32v_store
#include "biquad_loop.h"
