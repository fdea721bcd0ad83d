/* SPDX-License-Identifier: Apache-2.0
 *
 * A. V. Oppenheim, R. W. Schafer, Discrete-Time Signal Processing, 7.5.
 */
#include "fir_design.h"

#include <math.h>

/* Impulse response at time t, in samples, of the ideal low pass with the given edge. */
static double ideal_lowpass(double edge, double t) { return t == 0 ? 2 * edge : sin(2 * M_PI * edge * t) / (M_PI * t); }

bool sb_fir_design(double *taps, uint32_t count, sb_fir_kind kind, double low, double high, sb_window window) {
  const bool has_low = kind != SB_FIR_LOWPASS, has_high = kind != SB_FIR_HIGHPASS;
  const bool passes_end = kind == SB_FIR_HIGHPASS || kind == SB_FIR_BANDSTOP;
  if (count == 0 || (passes_end && count % 2 == 0)) return false;
  if (has_low && !(low > 0 && low < 0.5)) return false;
  if (has_high && !(high > 0 && high < 0.5)) return false;
  if (has_low && has_high && !(low < high)) return false;

  const double middle = (count - 1) / 2.0;
  const double reference = kind == SB_FIR_HIGHPASS ? 0.5 : kind == SB_FIR_BANDPASS ? (low + high) / 2 : 0;
  double gain = 0;
  sb_window_fill(window, false, taps, count);
  for (uint32_t i = 0; i < count; i++) {
    const double t = i - middle, below_low = has_low ? ideal_lowpass(low, t) : 0;
    const double below_high = has_high ? ideal_lowpass(high, t) : ideal_lowpass(0.5, t);
    taps[i] *= kind == SB_FIR_BANDSTOP ? ideal_lowpass(0.5, t) - (below_high - below_low) : below_high - below_low;
    gain += taps[i] * cos(2 * M_PI * reference * t);
  }
  if (!(fabs(gain) > 1e-9)) return false;
  for (uint32_t i = 0; i < count; i++) taps[i] /= gain;
  return true;
}
