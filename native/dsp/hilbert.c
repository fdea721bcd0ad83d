/* SPDX-License-Identifier: Apache-2.0 */
#include "hilbert.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sb_hilbert {
  uint32_t delay, stride, max_frames, count;
  float *coefficients; /* [count] */
  float *rows;         /* [2 * delay + max_frames, stride]: the past, then the block */
};

/* A Hamming window's transition is 3.3 / taps wide, of which half lies on the far side of 0 Hz. */
uint32_t sb_hilbert_taps(double low_hz, double rate_hz) {
  const double taps = fmin(3.3 * rate_hz / low_hz / 2, 1e6);
  return 4 * (uint32_t)ceil(fmax(taps - 3, 0) / 4) + 3;
}

sb_hilbert *sb_hilbert_create(uint32_t taps, uint32_t stride, uint32_t max_frames) {
  if (taps % 4 != 3 || taps > SB_HILBERT_MAX_TAPS || stride == 0 || stride % 8 != 0 || max_frames == 0) return NULL;
  sb_hilbert *hilbert = calloc(1, sizeof *hilbert);
  if (!hilbert) return NULL;
  *hilbert = (sb_hilbert){.delay = (taps - 1) / 2, .stride = stride, .max_frames = max_frames, .count = (taps + 1) / 4};
  const size_t bytes = ((size_t)taps - 1 + max_frames) * stride * sizeof(float);
  hilbert->coefficients = malloc(hilbert->count * sizeof(float));
  hilbert->rows = aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (!hilbert->coefficients || !hilbert->rows) {
    sb_hilbert_destroy(hilbert);
    return NULL;
  }
  memset(hilbert->rows, 0, bytes);
  for (uint32_t i = 0; i < hilbert->count; i++) {
    const double n = 2.0 * i + 1;
    hilbert->coefficients[i] = (float)(2 / (M_PI * n) * (0.54 + 0.46 * cos(M_PI * n / hilbert->delay)));
  }
  return hilbert;
}

void sb_hilbert_destroy(sb_hilbert *hilbert) {
  if (!hilbert) return;
  free(hilbert->coefficients), free(hilbert->rows), free(hilbert);
}

void sb_hilbert_envelope(sb_hilbert *hilbert, const float *in, float *out, uint32_t frames) {
  const size_t stride = hilbert->stride, past = 2 * hilbert->delay * stride;
  memcpy(hilbert->rows + past, in, frames * stride * sizeof(float));
  SB_ISA_PICK(sb_hilbert_run)
  (hilbert->rows + past / 2, out, frames, hilbert->stride, hilbert->coefficients, hilbert->count);
  memmove(hilbert->rows, hilbert->rows + frames * stride, past * sizeof(float));
}
