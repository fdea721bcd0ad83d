/* SPDX-License-Identifier: Apache-2.0 */
#include "window.h"

#include <math.h>
#include <stddef.h>

const char *const sb_window_names[] = {"rectangular", "hann", "hamming", "blackman", NULL};

void sb_window_fill(sb_window window, bool periodic, double *out, uint32_t count) {
  /* Sums of cosines, a0 - a1 cos x + a2 cos 2x: F. J. Harris, Proc. IEEE 66(1), 1978. */
  static const double weights[][3] = {
      [SB_WINDOW_RECTANGULAR] = {1, 0, 0},
      [SB_WINDOW_HANN] = {0.5, 0.5, 0},
      [SB_WINDOW_HAMMING] = {0.54, 0.46, 0},
      [SB_WINDOW_BLACKMAN] = {0.42, 0.5, 0.08},
  };
  const double *a = weights[window];
  const double period = periodic ? count : (double)count - 1;
  for (uint32_t i = 0; i < count; i++) {
    const double x = 2 * M_PI * i / period;
    out[i] = count == 1 ? 1 : a[0] - a[1] * cos(x) + a[2] * cos(2 * x);
  }
}
