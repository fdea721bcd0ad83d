/* SPDX-License-Identifier: Apache-2.0
 *
 * Other transforms in the place of the built-in ones. Windowing, detrending and squaring stay here.
 */
#ifndef STAGEBOX_DSP_FFT_BACKEND_H
#define STAGEBOX_DSP_FFT_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

/* Of 8 channels in lockstep: rows of 8 floats, otherwise as sb_fft_forward and sb_fft_inverse, which may use `in` up. */
typedef struct sb_fft_transforms {
  void *context;
  void *(*create)(void *context, uint32_t size); /* NULL: it cannot, or will not [control] */
  void (*forward)(void *plan, float *in, float *out); /* [rt] */
  void (*inverse)(void *plan, float *in, float *out); /* [rt] */
  void (*destroy)(void *context, void *plan); /* [control] */
} sb_fft_transforms;

/* For plans made from here on; those that are keep theirs. NULL: the built-in ones. It stays the caller's, and must live
 * as long as a plan of it does. [control] */
void sb_fft_set_backend(const sb_fft_transforms *transforms);

/* Plans that this thread has made so far: who compares two counts knows whether anything between them transforms. */
uint32_t sb_fft_plans_made(void);

#endif
