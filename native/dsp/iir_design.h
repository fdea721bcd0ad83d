/* SPDX-License-Identifier: Apache-2.0
 *
 * Recursive filters by their names: Butterworth, Chebyshev I and Bessel, as cascades of second-order sections, through
 * the bilinear transform with the edges prewarped. The conventions are scipy's (butter, cheby1, bessel with
 * norm='phase', iirnotch): `order` is that of the low-pass prototype, so band filters have twice as many poles.
 */
#ifndef STAGEBOX_DSP_IIR_DESIGN_H
#define STAGEBOX_DSP_IIR_DESIGN_H

#include <complex.h>

#include "biquad.h"

enum { SB_IIR_MAX_ORDER = 16 };

typedef enum sb_iir_family {
  SB_IIR_BUTTERWORTH = 0, /* flat pass band, -3 dB at the edge */
  SB_IIR_CHEBYSHEV = 1,   /* steeper; ripples in the pass band, and ends at -ripple_db at the edge */
  SB_IIR_BESSEL = 2,      /* constant delay, keeps the shape of a wave */
} sb_iir_family;

typedef enum sb_iir_kind {
  SB_IIR_LOWPASS = 0,
  SB_IIR_HIGHPASS = 1,
  SB_IIR_BANDPASS = 2,
  SB_IIR_BANDSTOP = 3,
} sb_iir_kind;

/* The analogue low pass with its edge at 1 rad/s. */
typedef struct sb_iir_prototype {
  uint32_t order;
  double gain;                                    /* at 0 Hz */
  double complex poles[(SB_IIR_MAX_ORDER + 1) / 2]; /* one of each conjugate pair; the real one, if any, at the end */
} sb_iir_prototype;

/* `order` from 1 to SB_IIR_MAX_ORDER; `ripple_db` > 0 is read for Chebyshev only. [any] */
void sb_iir_prototype_fill(sb_iir_prototype *out, sb_iir_family family, uint32_t order, double ripple_db);

/* Number of sections that sb_iir_design writes. [any] */
uint32_t sb_iir_sections(sb_iir_kind kind, uint32_t order);

/* The edge is low_hz for a low or high pass; band filters lie between 0 < low_hz < high_hz < rate_hz / 2. False if that
 * does not hold, or if an edge is so near to 0 Hz that the filter would not be stable. Some microseconds. [any] */
bool sb_iir_design(sb_cascade *out, const sb_iir_prototype *prototype, sb_iir_kind kind, double low_hz, double high_hz,
                   double rate_hz);

/* A notch, -3 dB wide freq_hz / q. False unless 0 < freq_hz < rate_hz / 2. [any] */
bool sb_iir_notch(sb_biquad *out, double freq_hz, double q, double rate_hz);

#endif
