/* SPDX-License-Identifier: Apache-2.0
 *
 * The signal of test/golden/spectral_golden.py: noise, a 10 Hz sine and an offset in 3 channels at 160 Hz.
 */
#ifndef STAGEBOX_TEST_GOLDEN_SIGNAL_H
#define STAGEBOX_TEST_GOLDEN_SIGNAL_H

#include <math.h>

#include "noise.h"

enum { GOLDEN_FRAMES = 1300, GOLDEN_CHANNELS = 3, GOLDEN_RATE = 160 };

/* out: rows of `stride` floats. */
static inline void golden_signal(float *out, uint32_t stride) {
  static const double sine[GOLDEN_CHANNELS] = {0, 1, 3}, offset[GOLDEN_CHANNELS] = {0, 2, -5};
  float noise[GOLDEN_FRAMES * GOLDEN_CHANNELS];
  noise_fill(noise, GOLDEN_FRAMES * GOLDEN_CHANNELS, 7);
  for (uint32_t t = 0; t < GOLDEN_FRAMES; t++)
    for (uint32_t c = 0; c < GOLDEN_CHANNELS; c++)
      out[t * stride + c] = (float)(noise[t * GOLDEN_CHANNELS + c] + sin(2 * M_PI * 10 * t / GOLDEN_RATE) * sine[c] + offset[c]);
}

#endif
