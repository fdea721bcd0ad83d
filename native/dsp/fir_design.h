/* SPDX-License-Identifier: Apache-2.0
 *
 * Linear-phase filters by the window method; the conventions are those of scipy.signal.firwin.
 */
#ifndef STAGEBOX_DSP_FIR_DESIGN_H
#define STAGEBOX_DSP_FIR_DESIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "window.h"

typedef enum sb_fir_kind {
  SB_FIR_LOWPASS = 0,  /* passes below high */
  SB_FIR_HIGHPASS = 1, /* passes above low */
  SB_FIR_BANDPASS = 2,
  SB_FIR_BANDSTOP = 3,
} sb_fir_kind;

/* Writes taps[count] with gain 1 in the middle of the first pass band (0 Hz, half the rate, or the band's centre). Edges
 * are the -6 dB points as fractions of the rate, 0 < low < high < 0.5; an edge that the kind does not have is not
 * read. A filter that passes half the rate needs an odd count. False if the arguments do not fit. [any] */
bool sb_fir_design(double *taps, uint32_t count, sb_fir_kind kind, double low, double high, sb_window window);

#endif
