/* SPDX-License-Identifier: Apache-2.0
 *
 * What biquad.c and biquad.simd.c share.
 *
 * A section, its b0 taken out into one gain for all, is computed as four fused multiply-adds:
 *
 *     y = x + d1 w,   w' = x - a1 w + k v,   v' = x - r w
 *     d1 = b1 - a1,   d2 = b2 - a2,   k = d2 / d1,   r = a2 d1 / d2
 *
 * It is the transposed direct form II (A. V. Oppenheim, R. W. Schafer, Discrete-Time Signal Processing, 6.3) with y
 * eliminated from the update of its states s1 = d1 w and s2 = d2 v, which are scaled so that x enters each with
 * weight 1. It keeps that form's low noise near 0 Hz, where direct form II is poor, at that form's lowest cost; the
 * next section waits for one multiply-add only.
 */
#ifndef STAGEBOX_DSP_BIQUAD_KERNEL_H
#define STAGEBOX_DSP_BIQUAD_KERNEL_H

#include "biquad.h"
#include "isa.h"

typedef struct sb_biquad_f64 {
  double d1, k, minus_a1, minus_r;
} sb_biquad_f64;

typedef struct sb_biquad_f32 {
  float d1, k, minus_a1, minus_r;
} sb_biquad_f32;

/* state[stride / 8][count][2: w, v][8] */
SB_ISA_DECLARE(void, sb_biquad_run_f64, (const sb_biquad_f64 *sections, uint32_t count, double gain, double *state,
                                         const float *in, float *out, size_t frames, uint32_t stride));
SB_ISA_DECLARE(void, sb_biquad_run_f32, (const sb_biquad_f32 *sections, uint32_t count, float gain, float *state,
                                         const float *in, float *out, size_t frames, uint32_t stride));

#endif
