/* SPDX-License-Identifier: Apache-2.0
 *
 * Pink noise: a filter that gives white noise a power spectrum of 1/f, as the brain's background has.
 */
#ifndef STAGEBOX_DSP_PINK_H
#define STAGEBOX_DSP_PINK_H

#include <stdint.h>

enum { SB_PINK_MAX_SECTIONS = 16 };

typedef struct sb_pink {
  uint32_t sections;
  float gain; /* white noise of variance 1 comes out with variance 1 */
  float pole[SB_PINK_MAX_SECTIONS], zero[SB_PINK_MAX_SECTIONS];
} sb_pink;

/* 1/f from lowest_hz to half the rate, flat below. [control] */
void sb_pink_design(sb_pink *pink, double rate_hz, double lowest_hz);

/* Filters rows [frames x stride] in place. `state` [(sections + 1) x stride] starts as zeros. [rt] */
void sb_pink_run(const sb_pink *pink, float *state, float *rows, uint32_t frames, uint32_t stride);

#endif
