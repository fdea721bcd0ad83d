/* SPDX-License-Identifier: Apache-2.0
 *
 * Complex numbers in vectors, and the small transforms that larger ones are made of. For *.simd.c files.
 */
#ifndef STAGEBOX_DSP_FFT_BUTTERFLY_H
#define STAGEBOX_DSP_FFT_BUTTERFLY_H

#include <stdint.h>

#include "simd.h"

#define SB_INLINE static inline __attribute__((always_inline))

typedef struct cv {
  sb_f32v re, im;
} cv;

SB_INLINE cv cv_add(cv a, cv b) { return (cv){a.re + b.re, a.im + b.im}; }
SB_INLINE cv cv_sub(cv a, cv b) { return (cv){a.re - b.re, a.im - b.im}; }
SB_INLINE cv cv_sub_i(cv a, cv b) { return (cv){a.re + b.im, a.im - b.re}; } /* a - i b */
SB_INLINE cv cv_add_i(cv a, cv b) { return (cv){a.re - b.im, a.im + b.re}; } /* a + i b */
SB_INLINE cv cv_scale(cv a, float factor) { return (cv){a.re * factor, a.im * factor}; }
SB_INLINE cv cv_times(cv a, const float *w) { return (cv){a.re * w[0] - a.im * w[1], a.re * w[1] + a.im * w[0]}; }

SB_INLINE void butterfly_2(cv *x) {
  const cv a = x[0], b = x[1];
  x[0] = cv_add(a, b);
  x[1] = cv_sub(a, b);
}

SB_INLINE void butterfly_4(cv *x) {
  const cv a = cv_add(x[0], x[2]), b = cv_sub(x[0], x[2]);
  const cv c = cv_add(x[1], x[3]), d = cv_sub(x[1], x[3]);
  x[0] = cv_add(a, c);
  x[1] = cv_sub_i(b, d);
  x[2] = cv_sub(a, c);
  x[3] = cv_add_i(b, d);
}

SB_INLINE void butterfly_8(cv *x) {
  const float root_half = 0.70710678118654752f;
  cv even[4] = {x[0], x[2], x[4], x[6]}, odd[4] = {x[1], x[3], x[5], x[7]};
  butterfly_4(even);
  butterfly_4(odd);
  /* exp(-i pi / 4) = (1 - i) / sqrt 2 and exp(-3 i pi / 4) = (-1 - i) / sqrt 2 */
  const cv one = {odd[1].re + odd[1].im, odd[1].im - odd[1].re};
  const cv three = {odd[3].im - odd[3].re, -odd[3].re - odd[3].im};
  x[0] = cv_add(even[0], odd[0]);
  x[4] = cv_sub(even[0], odd[0]);
  x[1] = cv_add(even[1], cv_scale(one, root_half));
  x[5] = cv_sub(even[1], cv_scale(one, root_half));
  x[2] = cv_sub_i(even[2], odd[2]);
  x[6] = cv_add_i(even[2], odd[2]);
  x[3] = cv_add(even[3], cv_scale(three, root_half));
  x[7] = cv_sub(even[3], cv_scale(three, root_half));
}

/* cos and sin of 2 pi j / radix. */
static const float butterfly_cos[8][8] = {
    [3] = {1, -0.5f, -0.5f},
    [5] = {1, 0.30901699437494742f, -0.80901699437494742f, -0.80901699437494742f, 0.30901699437494742f},
    [7] = {1, 0.62348980185873353f, -0.22252093395631440f, -0.90096886790241913f, -0.90096886790241913f,
           -0.22252093395631440f, 0.62348980185873353f},
};
static const float butterfly_sin[8][8] = {
    [3] = {0, 0.86602540378443865f, -0.86602540378443865f},
    [5] = {0, 0.95105651629515357f, 0.58778525229247313f, -0.58778525229247313f, -0.95105651629515357f},
    [7] = {0, 0.78183148246802981f, 0.97492791218182361f, 0.43388373911755812f, -0.43388373911755812f,
           -0.97492791218182361f, -0.78183148246802981f},
};

/* An odd prime: x[j] and x[radix - j] meet the same cosine and opposite sines. */
SB_INLINE void butterfly_odd(cv *x, const uint32_t radix) {
  cv sum[4], difference[4], y[8] = {x[0]};
#pragma GCC unroll 8
  for (uint32_t j = 1; j <= radix / 2; j++) {
    sum[j] = cv_add(x[j], x[radix - j]);
    difference[j] = cv_sub(x[j], x[radix - j]);
    y[0] = cv_add(y[0], sum[j]);
  }
#pragma GCC unroll 8
  for (uint32_t k = 1; k <= radix / 2; k++) {
    cv even = x[0], odd = {{0}, {0}};
#pragma GCC unroll 8
    for (uint32_t j = 1; j <= radix / 2; j++) {
      even = cv_add(even, cv_scale(sum[j], butterfly_cos[radix][j * k % radix]));
      odd = cv_add(odd, cv_scale(difference[j], butterfly_sin[radix][j * k % radix]));
    }
    y[k] = cv_sub_i(even, odd);
    y[radix - k] = cv_add_i(even, odd);
  }
#pragma GCC unroll 8
  for (uint32_t k = 0; k < radix; k++) x[k] = y[k];
}

/* x[k] <- sum over j of x[j] exp(-2 pi i j k / radix), in place, radix a constant. */
SB_INLINE void butterfly(cv *x, const uint32_t radix) {
  if (radix == 2) butterfly_2(x);
  if (radix == 4) butterfly_4(x);
  if (radix == 8) butterfly_8(x);
  if (radix == 3 || radix == 5 || radix == 7) butterfly_odd(x, radix);
}

#endif
