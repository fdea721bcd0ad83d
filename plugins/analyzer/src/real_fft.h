/* SPDX-License-Identifier: Apache-2.0
 *
 * The power spectrum of real samples whose count is a power of two: a radix-2 transform of half the length over pairs of
 * samples taken as complex numbers, and a last pass that parts them again (Sorensen et al. 1987).
 *
 *     X[k] = sum over t of x[t] exp(-2 pi i k t / size)
 */
#ifndef REAL_FFT_H
#define REAL_FFT_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct complex_number {
  float re, im;
} complex_number;

typedef struct real_fft {
  uint32_t size;
  complex_number *turns; /* [size / 2 + 1] exp(-2 pi i k / size) */
} real_fft;

static inline bool real_fft_supports(uint32_t size) { return size >= 4 && (size & (size - 1)) == 0; }

/* False if memory is short. */
static inline bool real_fft_open(real_fft *fft, uint32_t size) {
  *fft = (real_fft){size, malloc((size / 2 + 1) * sizeof *fft->turns)};
  for (uint32_t k = 0; fft->turns && k <= size / 2; k++) {
    const double angle = -2 * M_PI * k / size;
    fft->turns[k] = (complex_number){(float)cos(angle), (float)sin(angle)};
  }
  return fft->turns != NULL;
}

static inline void real_fft_close(real_fft *fft) {
  free(fft->turns);
  fft->turns = NULL;
}

static inline complex_number multiply(complex_number a, complex_number b) {
  return (complex_number){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

static inline void swap_by_reversed_bits(complex_number *z, uint32_t count) {
  for (uint32_t i = 1, j = 0; i < count; i++) {
    uint32_t bit = count >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    const complex_number kept = z[i];
    z[i] = z[j], z[j] = kept;
  }
}

static inline void transform(const real_fft *fft, complex_number *z, uint32_t count) {
  swap_by_reversed_bits(z, count);
  for (uint32_t length = 2; length <= count; length *= 2) {
    const uint32_t step = fft->size / length, half = length / 2;
    for (uint32_t at = 0; at < count; at += length) {
      for (uint32_t k = 0; k < half; k++) {
        complex_number *low = &z[at + k], *high = &z[at + k + half];
        const complex_number turned = multiply(*high, fft->turns[k * step]);
        *high = (complex_number){low->re - turned.re, low->im - turned.im};
        *low = (complex_number){low->re + turned.re, low->im + turned.im};
      }
    }
  }
}

/* |X[k]|^2 of x[size], which is used up; `power`: [size / 2 + 1], `stride` floats from one to the next. [rt] */
static inline void real_fft_power(const real_fft *fft, float *x, float *power, uint32_t stride) {
  complex_number *z = (complex_number *)(void *)x;
  const uint32_t count = fft->size / 2;
  transform(fft, z, count);
  for (uint32_t k = 0; k <= count; k++) {
    const complex_number a = z[k % count], b = z[(count - k) % count];
    const complex_number even = {a.re + b.re, a.im - b.im}, odd = {a.im + b.im, b.re - a.re}; /* each twice its size */
    const complex_number turned = multiply(odd, fft->turns[k]);
    const float re = even.re + turned.re, im = even.im + turned.im;
    power[(size_t)k * stride] = 0.25f * (re * re + im * im);
  }
}

#endif
