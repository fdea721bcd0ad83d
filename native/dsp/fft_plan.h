/* SPDX-License-Identifier: Apache-2.0
 *
 * What fft.c plans and fft.simd.c carries out. `half` = size / 2 complex points factor into
 *
 *     first * middle[0] * middle[1] * ... * last
 *
 * The pass `first` cuts the problem into `first` blocks that fit a near cache; the others finish block after block.
 */
#ifndef STAGEBOX_DSP_FFT_PLAN_H
#define STAGEBOX_DSP_FFT_PLAN_H

#include "fft.h"
#include "fft_backend.h"
#include "isa.h"

enum { SB_FFT_MAX_PASSES = 16 };

struct sb_fft {
  uint32_t size, half;
  uint32_t first;  /* 1, 2, 3, 4, 5, 7 or 8 */
  uint32_t last;   /* 4, or 1 where half is not a multiple of 4 */
  uint32_t middle_count;
  uint32_t middle[SB_FFT_MAX_PASSES]; /* 3, 4, 5 or 7 */
  /* Complex numbers as pairs. Of a pass with radix r over n points: exp(-2 pi i p k / n), [n / r][k = 1 .. r - 1]. */
  const float *first_twiddles;
  const float *middle_twiddles[SB_FFT_MAX_PASSES];
  const float *split_twiddles; /* -i / 2 exp(-2 pi i k / size), [half / 2 + 1] */
  float *scratch;              /* 3 * half complex vectors of up to 8 lanes; a backend's: frames and spectrum of 8 lanes */
  const sb_fft_transforms *backend; /* NULL: built in */
  void *plan;                       /* the backend's */
};

/* Makes the backend's plan for fft->size; false: there is no backend, or it will not. [control] */
bool sb_fft_backend_plan(sb_fft *fft);
void sb_fft_backend_forget(sb_fft *fft);
/* [rt] */
void sb_fft_backend_forward(const sb_fft *fft, const float *in, float *out, uint32_t stride);
void sb_fft_backend_inverse(const sb_fft *fft, const float *in, float *out, uint32_t stride);
void sb_fft_backend_power(const sb_fft *fft, const float *in, const float *window, bool detrend, float *power, uint32_t stride);

typedef struct sb_fft_job {
  const float *in;
  const float *window; /* NULL: none */
  float *out;
  uint32_t stride;
  bool detrend, power;
} sb_fft_job;

SB_ISA_DECLARE(void, sb_fft_run, (const sb_fft *fft, const sb_fft_job *job));
SB_ISA_DECLARE(void, sb_fft_run_inverse, (const sb_fft *fft, const float *in, float *out, uint32_t stride));

#endif
