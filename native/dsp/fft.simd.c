/* SPDX-License-Identifier: Apache-2.0
 *
 * A real transform of N points through a complex one of M = N / 2 (even frames as real, odd as imaginary parts),
 * decimated in frequency (Gentleman and Sande 1966) and sorted as it goes, after Stockham (1966):
 *
 *   1. The first pass reads the signal's rows where they lie, takes off the mean, applies the window, and leaves R
 *      blocks of M / R points whose transforms are independent: block r holds the bins r, r + R, r + 2R ...
 *   2. Block after block, radix-4 passes between two buffers that stay in the near cache.
 *   3. The last radix-4 pass takes block r together with block R - r, so that Z[k] and Z[M - k] meet in registers,
 *      and writes the real signal's bins k and M - k, or their power:
 *          X[k] = (Z[k] + Z*[M - k]) / 2 - i / 2 exp(-2 pi i k / N) (Z[k] - Z*[M - k])
 *
 * Each vector of channels goes through all of it before the next begins.
 */
#include "fft_butterfly.h"
#include "fft_plan.h"

SB_INLINE void twiddle(cv *x, const uint32_t radix, const float *twiddles) {
#pragma GCC unroll 8
  for (uint32_t k = 1; k < radix; k++) x[k] = cv_times(x[k], twiddles + 2 * (k - 1));
}

/* One Stockham pass over n * s points in x, to y. */
SB_INLINE void pass_of(const cv *x, cv *y, uint32_t n, uint32_t s, const float *twiddles, const uint32_t radix) {
  const uint32_t step = s * (n / radix);
  for (uint32_t p = 0; p < n / radix; p++, twiddles += 2 * (radix - 1), y += s * radix) {
    for (uint32_t q = 0; q < s; q++) {
      cv v[8];
#pragma GCC unroll 8
      for (uint32_t m = 0; m < radix; m++) v[m] = x[q + s * p + m * step];
      butterfly(v, radix);
      if (twiddles) twiddle(v, radix, twiddles);
#pragma GCC unroll 8
      for (uint32_t k = 0; k < radix; k++) y[q + s * k] = v[k];
    }
  }
}

static void pass(const cv *x, cv *y, uint32_t n, uint32_t s, const float *twiddles, uint32_t radix) {
  switch (radix) {
    case 2: pass_of(x, y, n, s, twiddles, 2); break;
    case 3: pass_of(x, y, n, s, twiddles, 3); break;
    case 4: pass_of(x, y, n, s, twiddles, 4); break;
    case 5: pass_of(x, y, n, s, twiddles, 5); break;
    case 7: pass_of(x, y, n, s, twiddles, 7); break;
    case 8: pass_of(x, y, n, s, twiddles, 8); break;
  }
}

static sb_f32v mean_of(const float *in, uint32_t frames, uint32_t stride) {
  sb_f32v sum[4] = {{0}};
  for (uint32_t t = 0; t < frames; t++) sum[t % 4] += sb_f32v_load(in + (size_t)t * stride);
  return ((sum[0] + sum[1]) + (sum[2] + sum[3])) * (1.0f / (float)frames);
}

SB_INLINE void first_of(const sb_fft *fft, const float *in, uint32_t stride, const float *window, sb_f32v mean, cv *blocks,
                        const uint32_t radix) {
  const uint32_t length = fft->half / radix;
  const float *twiddles = fft->first_twiddles;
  for (uint32_t p = 0; p < length; p++, twiddles += 2 * (radix - 1)) {
    cv v[8];
#pragma GCC unroll 8
    for (uint32_t m = 0; m < radix; m++) {
      const size_t t = 2 * (p + (size_t)m * length);
      v[m] = (cv){sb_f32v_load(in + t * stride), sb_f32v_load(in + (t + 1) * stride)};
      if (window) v[m] = (cv){(v[m].re - mean) * window[t], (v[m].im - mean) * window[t + 1]};
    }
    butterfly(v, radix);
    twiddle(v, radix, twiddles);
#pragma GCC unroll 8
    for (uint32_t k = 0; k < radix; k++) blocks[p + k * length] = v[k];
  }
}

static void first(const sb_fft *fft, const float *in, uint32_t stride, const float *window, sb_f32v mean, cv *blocks) {
#define FIRST(radix) \
  case radix: \
    if (window) first_of(fft, in, stride, window, mean, blocks, radix); \
    else first_of(fft, in, stride, NULL, mean, blocks, radix); \
    break
  switch (fft->first) {
    FIRST(1);
    FIRST(2);
    FIRST(3);
    FIRST(4);
    FIRST(5);
    FIRST(7);
    FIRST(8);
  }
}

/* The middle passes over block r; returns where they left it. */
static const cv *middle(const sb_fft *fft, uint32_t r) {
  const uint32_t length = fft->half / fft->first;
  cv *x = (cv *)fft->scratch + (size_t)r * length;
  cv *y = (cv *)fft->scratch + fft->half + (2 * r > fft->first ? length : 0);
  uint32_t n = length, s = 1;
  for (uint32_t i = 0; i < fft->middle_count; i++) {
    pass(x, y, n, s, fft->middle_twiddles[i], fft->middle[i]);
    n /= fft->middle[i], s *= fft->middle[i];
    cv *swap = x;
    x = y, y = swap;
  }
  return x;
}

typedef struct sink {
  float *out;
  size_t stride;
  const float *twiddles;
  uint32_t half;
} sink;

SB_INLINE void put(const sink *to, uint32_t bin, cv x, const bool power) {
  if (power) {
    sb_f32v_store(to->out + bin * to->stride, x.re * x.re + x.im * x.im);
  } else {
    sb_f32v_store(to->out + 2 * bin * to->stride, x.re);
    sb_f32v_store(to->out + (2 * bin + 1) * to->stride, x.im);
  }
}

/* Bins k and M - k from a = Z[k] and b = Z[M - k], k <= M / 2. */
SB_INLINE void put_pair(const sink *to, uint32_t k, cv a, cv b, const bool power) {
  const cv even = {a.re + b.re, a.im - b.im};
  const cv odd = cv_times((cv){a.re - b.re, a.im + b.im}, to->twiddles + 2 * k);
  put(to, k, (cv){even.re * 0.5f + odd.re, even.im * 0.5f + odd.im}, power);
  put(to, to->half - k, (cv){even.re * 0.5f - odd.re, odd.im - even.im * 0.5f}, power);
}

/* The same without knowing which of the two is the lower. */
SB_INLINE void put_either(const sink *to, uint32_t k, cv a, cv b, const bool power) {
  if (2 * k <= to->half) put_pair(to, k, a, b, power);
  else put_pair(to, to->half - k, b, a, power);
}

SB_INLINE void last_butterfly(const cv *x, uint32_t s, cv *v, const uint32_t radix) {
#pragma GCC unroll 4
  for (uint32_t m = 0; m < radix; m++) v[m] = x[m * s];
  butterfly(v, radix);
}

/* The last pass over blocks r and R - r, r <= R / 2. */
SB_INLINE void last_of(const sb_fft *fft, const sink *to, uint32_t r, const cv *x, const cv *y, const uint32_t radix,
                       const bool power) {
  const uint32_t step = fft->first, s = fft->half / step / radix;
  cv a[4], b[4];
  if (r == 0) {
    last_butterfly(x, s, a, radix);
    put(to, 0, (cv){a[0].re + a[0].im, {0}}, power);
    put(to, to->half, (cv){a[0].re - a[0].im, {0}}, power);
    if (radix == 4) {
      put_pair(to, step * s, a[1], a[3], power);
      put(to, to->half / 2, (cv){a[2].re, -a[2].im}, power);
    }
  }
  /* Point q of x meets point mirror - q of y; in one and the same block each pair comes once, the middle one alone. */
  const uint32_t mirror = r == 0 ? s : s - 1, from = r == 0, to_q = x == y ? (mirror + 1) / 2 : s;
  for (uint32_t q = from; q < to_q; q++) {
    last_butterfly(x + q, s, a, radix);
    last_butterfly(y + mirror - q, s, b, radix);
#pragma GCC unroll 4
    for (uint32_t m = 0; m < radix; m++) {
      const uint32_t k = r + step * (q + s * m);
      if (radix == 1) put_either(to, k, a[0], b[0], power);
      else if (m < radix / 2) put_pair(to, k, a[m], b[radix - 1 - m], power);
      else put_pair(to, to->half - k, b[radix - 1 - m], a[m], power);
    }
  }
  if (x == y && mirror % 2 == 0) {
    const uint32_t q = mirror / 2;
    last_butterfly(x + q, s, a, radix);
    if (radix == 1) put(to, to->half / 2, (cv){a[0].re, -a[0].im}, power);
#pragma GCC unroll 4
    for (uint32_t m = 0; m < radix / 2; m++) put_pair(to, r + step * (q + s * m), a[m], a[radix - 1 - m], power);
  }
}

static void last(const sb_fft *fft, const sink *to, uint32_t r, const cv *x, const cv *y, bool power) {
  if (fft->last == 4 && power) last_of(fft, to, r, x, y, 4, true);
  else if (fft->last == 4) last_of(fft, to, r, x, y, 4, false);
  else if (power) last_of(fft, to, r, x, y, 1, true);
  else last_of(fft, to, r, x, y, 1, false);
}

void SB_ISA_NAME(sb_fft_run)(const sb_fft *fft, const sb_fft_job *job) {
  for (uint32_t lane = 0; lane < job->stride; lane += SB_F32_LANES) {
    const float *in = job->in + lane;
    const sb_f32v mean = job->detrend ? mean_of(in, fft->size, job->stride) : (sb_f32v){0};
    const sink to = {job->out + lane, job->stride, fft->split_twiddles, fft->half};
    first(fft, in, job->stride, job->window, mean, (cv *)fft->scratch);
    for (uint32_t r = 0; 2 * r <= fft->first; r++) {
      const uint32_t mirror = r == 0 ? 0 : fft->first - r;
      const cv *x = middle(fft, r);
      last(fft, &to, r, x, mirror == r ? x : middle(fft, mirror), job->power);
    }
  }
}

/* Z[k] from X[k] and X[M - k], real and imaginary parts swapped: the forward transform of swapped points is the swapped
 * inverse transform. */
static void merge(const sb_fft *fft, const float *in, size_t stride, cv *z) {
  const float scale = 1.0f / (float)fft->size;
  for (uint32_t k = 0; 2 * k <= fft->half; k++) {
    const float *a = in + 2 * k * stride, *b = in + 2 * (fft->half - k) * stride;
    const cv x = {sb_f32v_load(a), sb_f32v_load(a + stride)}, y = {sb_f32v_load(b), sb_f32v_load(b + stride)};
    const float w[2] = {2 * fft->split_twiddles[2 * k], -2 * fft->split_twiddles[2 * k + 1]};
    const cv even = {x.re + y.re, x.im - y.im};
    const cv odd = cv_times((cv){x.re - y.re, x.im + y.im}, w);
    z[k] = cv_scale((cv){even.im + odd.im, even.re + odd.re}, scale);
    if (k > 0) z[fft->half - k] = cv_scale((cv){odd.im - even.im, even.re - odd.re}, scale);
  }
}

void SB_ISA_NAME(sb_fft_run_inverse)(const sb_fft *fft, const float *in, float *out, uint32_t stride) {
  for (uint32_t lane = 0; lane < stride; lane += SB_F32_LANES) {
    cv *x = (cv *)fft->scratch, *y = x + fft->half;
    merge(fft, in + lane, stride, x);
    uint32_t n = fft->half, s = 1;
    for (int i = -1; i <= (int)fft->middle_count; i++) {
      const uint32_t radix = i < 0 ? fft->first : i < (int)fft->middle_count ? fft->middle[i] : fft->last;
      if (radix == 1) continue;
      const float *twiddles = i < 0 ? fft->first_twiddles : i < (int)fft->middle_count ? fft->middle_twiddles[i] : NULL;
      pass(x, y, n, s, twiddles, radix);
      n /= radix, s *= radix;
      cv *swap = x;
      x = y, y = swap;
    }
    for (uint32_t k = 0; k < fft->half; k++) {
      sb_f32v_store(out + (size_t)(2 * k) * stride + lane, x[k].im);
      sb_f32v_store(out + (size_t)(2 * k + 1) * stride + lane, x[k].re);
    }
  }
}
