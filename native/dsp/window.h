/* SPDX-License-Identifier: Apache-2.0
 *
 * Window functions, for spectra (periodic) and for filter design (symmetric).
 */
#ifndef STAGEBOX_DSP_WINDOW_H
#define STAGEBOX_DSP_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

typedef enum sb_window {
  SB_WINDOW_RECTANGULAR = 0,
  SB_WINDOW_HANN = 1,
  SB_WINDOW_HAMMING = 2,
  SB_WINDOW_BLACKMAN = 3,
} sb_window;

/* Their names in that order, NULL behind the last. */
extern const char *const sb_window_names[];

/* Writes out[count]: one period of the window (periodic, as scipy's sym=False), or the window that ends on the value it
 * began with (symmetric). [any] */
void sb_window_fill(sb_window window, bool periodic, double *out, uint32_t count);

#endif
