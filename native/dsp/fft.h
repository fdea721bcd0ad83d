/* SPDX-License-Identifier: Apache-2.0
 *
 * Fourier transforms of real signals, all channels in lockstep: the channels lie in the SIMD lanes, so no butterfly
 * ever shuffles lanes and nothing is transposed.
 *
 * A spectrum of `size` real frames has size / 2 + 1 bins, and bin b is the frequency b * rate / size. It is stored as
 * rows of the same stride as the signal, the real part in row 2 * b and the imaginary part in row 2 * b + 1:
 *
 *     X[b] = sum over t of window[t] * x[t] * exp(-2 pi i b t / size)
 */
#ifndef STAGEBOX_DSP_FFT_H
#define STAGEBOX_DSP_FFT_H

#include <stdbool.h>
#include <stdint.h>

enum {
  SB_FFT_MIN_SIZE = 8,
  SB_FFT_MAX_SIZE = 1 << 18,
};

/* The plan of one size and the memory it works in: one thread at a time. */
typedef struct sb_fft sb_fft;

/* An even size from SB_FFT_MIN_SIZE to SB_FFT_MAX_SIZE with no prime factor above 7. [any] */
bool sb_fft_supports(uint32_t size);

/* The supported size nearest to `size`; of two equally near the larger. [any] */
uint32_t sb_fft_nearest_size(double size);

/* NULL if the size is not supported or memory is short. [control] */
sb_fft *sb_fft_create(uint32_t size);
void sb_fft_destroy(sb_fft *fft);

/* in: [size x stride], out: [size + 2, stride]; stride a multiple of 8, rows aligned to 32 bytes. [rt] */
void sb_fft_forward(sb_fft *fft, const float *in, float *out, uint32_t stride);

/* The inverse, scaled so that it undoes sb_fft_forward. in: [size + 2, stride], out: [size x stride]. [rt] */
void sb_fft_inverse(sb_fft *fft, const float *in, float *out, uint32_t stride);

/* |X[b]|^2 of windowed frames, and of frames less their mean if `detrend`, in one go.
 * in: [size x stride], window: [size], power: [size / 2 + 1, stride]. [rt] */
void sb_fft_power(sb_fft *fft, const float *in, const float *window, bool detrend, float *power, uint32_t stride);

#endif
