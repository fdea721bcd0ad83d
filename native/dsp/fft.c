/* SPDX-License-Identifier: Apache-2.0 */
#include "fft.h"

#include <math.h>
#include <stdlib.h>

#include "fft_plan.h"

bool sb_fft_supports(uint32_t size) {
  static const uint32_t primes[] = {2, 3, 5, 7};
  if (size < SB_FFT_MIN_SIZE || size > SB_FFT_MAX_SIZE || size % 2 != 0) return false;
  for (int i = 0; i < 4; i++)
    while (size % primes[i] == 0) size /= primes[i];
  return size == 1;
}

uint32_t sb_fft_nearest_size(double size) {
  if (!(size > SB_FFT_MIN_SIZE)) return SB_FFT_MIN_SIZE;
  if (size >= SB_FFT_MAX_SIZE) return SB_FFT_MAX_SIZE;
  uint32_t below = (uint32_t)size, above = below + (below < size);
  while (!sb_fft_supports(below)) below--;
  while (!sb_fft_supports(above)) above++;
  return size - below < above - size ? below : above;
}

static uint32_t take_factor(uint32_t *number, uint32_t factor) {
  if (*number % factor != 0) return 0;
  *number /= factor;
  return factor;
}

/* Fours in the middle and at the end, where they need no more than 16 registers; an odd power of two goes to the
 * first pass. */
static void factorise(sb_fft *fft) {
  uint32_t rest = fft->half;
  fft->last = take_factor(&rest, 4) ? 4 : 1;
  const uint32_t twos = (uint32_t)__builtin_ctz(rest);
  if (twos > 0) fft->first = take_factor(&rest, twos % 2 == 0 ? 4 : twos == 1 ? 2 : 8);
  static const uint32_t radices[] = {4, 7, 5, 3};
  for (int i = 0; i < 4; i++)
    while (take_factor(&rest, radices[i])) fft->middle[fft->middle_count++] = radices[i];
  if (twos == 0) fft->first = fft->middle_count ? fft->middle[--fft->middle_count] : 1;
}

static uint32_t twiddle_floats(uint32_t points, uint32_t radix) { return 2 * (points / radix) * (radix - 1); }

static float *fill_twiddles(float *out, uint32_t points, uint32_t radix) {
  for (uint32_t p = 0; p < points / radix; p++) {
    for (uint32_t k = 1; k < radix; k++) {
      const double angle = -2 * M_PI * p * k / points;
      *out++ = (float)cos(angle);
      *out++ = (float)sin(angle);
    }
  }
  return out;
}

sb_fft *sb_fft_create(uint32_t size) {
  if (!sb_fft_supports(size)) return NULL;
  sb_fft *fft = calloc(1, sizeof *fft);
  if (!fft) return NULL;
  fft->size = size;
  fft->half = size / 2;
  if (sb_fft_backend_plan(fft)) return fft;
  factorise(fft);

  size_t floats = twiddle_floats(fft->half, fft->first) + 2 * (fft->half / 2 + 1);
  uint32_t points = fft->half / fft->first;
  for (uint32_t i = 0; i < fft->middle_count; points /= fft->middle[i++]) floats += twiddle_floats(points, fft->middle[i]);

  float *table = malloc(floats * sizeof *table);
  fft->first_twiddles = table;
  fft->scratch = aligned_alloc(64, (size_t)fft->half * 3 * 16 * sizeof(float));
  if (!table || !fft->scratch) {
    sb_fft_destroy(fft);
    return NULL;
  }
  table = fill_twiddles(table, fft->half, fft->first);
  points = fft->half / fft->first;
  for (uint32_t i = 0; i < fft->middle_count; points /= fft->middle[i++]) {
    fft->middle_twiddles[i] = table;
    table = fill_twiddles(table, points, fft->middle[i]);
  }
  fft->split_twiddles = table;
  for (uint32_t k = 0; k <= fft->half / 2; k++) {
    const double angle = -2 * M_PI * k / size;
    *table++ = (float)(0.5 * sin(angle));
    *table++ = (float)(-0.5 * cos(angle));
  }
  return fft;
}

void sb_fft_destroy(sb_fft *fft) {
  if (!fft) return;
  sb_fft_backend_forget(fft);
  free((void *)fft->first_twiddles);
  free(fft->scratch);
  free(fft);
}

void sb_fft_forward(sb_fft *fft, const float *in, float *out, uint32_t stride) {
  if (fft->backend) return sb_fft_backend_forward(fft, in, out, stride);
  SB_ISA_PICK(sb_fft_run)(fft, &(sb_fft_job){.in = in, .out = out, .stride = stride});
}

void sb_fft_power(sb_fft *fft, const float *in, const float *window, bool detrend, float *power, uint32_t stride) {
  if (fft->backend) return sb_fft_backend_power(fft, in, window, detrend, power, stride);
  SB_ISA_PICK(sb_fft_run)(fft, &(sb_fft_job){in, window, power, stride, detrend, .power = true});
}

void sb_fft_inverse(sb_fft *fft, const float *in, float *out, uint32_t stride) {
  if (fft->backend) return sb_fft_backend_inverse(fft, in, out, stride);
  SB_ISA_PICK(sb_fft_run_inverse)(fft, in, out, stride);
}
