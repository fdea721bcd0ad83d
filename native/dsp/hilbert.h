/* SPDX-License-Identifier: Apache-2.0
 *
 * Envelope of a narrow-band signal: the magnitude of its analytic signal x + i H(x), with the Hilbert transform H by a
 * linear-phase FIR (Oppenheim and Schafer, Discrete-Time Signal Processing, section 12.4): h[n] = 2 / (pi n) for odd n, 0 for
 * even n, under a Hamming window. The output lags by (taps - 1) / 2 frames.
 */
#ifndef STAGEBOX_DSP_HILBERT_H
#define STAGEBOX_DSP_HILBERT_H

#include <stdint.h>

#include "isa.h"

enum { SB_HILBERT_MAX_TAPS = 16383 };

typedef struct sb_hilbert sb_hilbert;

/* Taps for a transform good from `low_hz` to rate_hz / 2 - low_hz: of the form 4 k + 3, so that no end is zero. [any] */
uint32_t sb_hilbert_taps(double low_hz, double rate_hz);

/* taps: 4 k + 3, up to SB_HILBERT_MAX_TAPS. stride: of the rows, a multiple of 8. NULL if not so, or memory is short.
 * [control] */
sb_hilbert *sb_hilbert_create(uint32_t taps, uint32_t stride, uint32_t max_frames);
void sb_hilbert_destroy(sb_hilbert *hilbert);

/* out[t] = |x[t - delay] + i H(x)[t - delay]|, delay = (taps - 1) / 2; in, out: [frames <= max_frames, stride], and may be
 * the same. [rt] */
void sb_hilbert_envelope(sb_hilbert *hilbert, const float *in, float *out, uint32_t frames);

/* The kernel: x[0] is the row that the first output row is centred on, coefficients[i] = h[2 i + 1], count of them. */
SB_ISA_DECLARE(void, sb_hilbert_run,
               (const float *x, float *out, uint32_t frames, uint32_t stride, const float *coefficients, uint32_t count));

#endif
