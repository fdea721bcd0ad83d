/* SPDX-License-Identifier: Apache-2.0
 *
 * R. E. Crochiere, L. R. Rabiner, Multirate Digital Signal Processing, 3.3.
 */
#include "resample.h"

#include <math.h>
#include <stdlib.h>

#include "fir_design.h"
#include "history.h"

struct sb_resampler {
  uint32_t up, down, reach;
  uint32_t taps;     /* of one phase */
  uint64_t position; /* of the next output, in 1 / up rows from the next input */
  sb_history history;
  float *phases;     /* [up][taps], each from the oldest row to the newest */
};

bool sb_resample_ratio(double ratio, uint32_t *up, uint32_t *down) {
  /* Continued fraction: each round gives the best fraction with a denominator of that size. */
  double rest = ratio;
  uint64_t n = 1, d = 0, n_before = 0, d_before = 1;
  while (isfinite(rest) && rest >= 0 && rest < 1e9) {
    const uint64_t whole = (uint64_t)rest;
    const uint64_t n_next = whole * n + n_before, d_next = whole * d + d_before;
    if (n_next > SB_RESAMPLE_MAX_FACTOR || d_next > SB_RESAMPLE_MAX_FACTOR) return false;
    n_before = n, d_before = d, n = n_next, d = d_next;
    if (n > 0 && fabs((double)n / (double)d - ratio) <= 1e-9 * ratio) {
      *up = (uint32_t)n, *down = (uint32_t)d;
      return true;
    }
    rest = 1 / (rest - (double)whole);
  }
  return false;
}

static uint32_t larger(uint32_t up, uint32_t down) { return up > down ? up : down; }

uint32_t sb_resample_tap_count(uint32_t up, uint32_t down, uint32_t reach) { return 2 * reach * larger(up, down) + 1; }

void sb_resample_taps(double *taps, uint32_t up, uint32_t down, uint32_t reach) {
  const uint32_t count = sb_resample_tap_count(up, down, reach);
  const double lower_rate = 1.0 / larger(up, down); /* in up-sampled samples */
  /* A Blackman window's transition band is 5.5 / length wide and lies astride the edge. */
  const double edge = (0.5 - 5.5 / (2 * reach) / 2) * lower_rate;
  sb_fir_design(taps, count, SB_FIR_LOWPASS, 0, edge, SB_WINDOW_BLACKMAN);
  for (uint32_t i = 0; i < count; i++) taps[i] *= up;
}

/* Tap p + k * up belongs to phase p and to the input k rows back. */
static bool fill_phases(sb_resampler *resampler) {
  const uint32_t count = sb_resample_tap_count(resampler->up, resampler->down, resampler->reach);
  double *taps = calloc(count, sizeof(double));
  if (!taps) return false;
  sb_resample_taps(taps, resampler->up, resampler->down, resampler->reach);
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t phase = i % resampler->up, back = i / resampler->up;
    resampler->phases[(size_t)phase * resampler->taps + resampler->taps - 1 - back] = (float)taps[i];
  }
  free(taps);
  return true;
}

sb_resampler *sb_resampler_create(uint32_t up, uint32_t down, uint32_t reach, uint32_t stride) {
  sb_resampler *resampler = calloc(1, sizeof *resampler);
  if (!resampler) return NULL;
  resampler->up = up;
  resampler->down = down;
  resampler->reach = reach;
  resampler->taps = (sb_resample_tap_count(up, down, reach) + up - 1) / up;
  resampler->phases = calloc((size_t)up * resampler->taps, sizeof(float));
  if (!resampler->phases || !fill_phases(resampler) || !sb_history_open(&resampler->history, stride, resampler->taps - 1))
    return sb_resampler_destroy(resampler), NULL;
  return resampler;
}

void sb_resampler_destroy(sb_resampler *resampler) {
  if (!resampler) return;
  sb_history_close(&resampler->history);
  free(resampler->phases);
  free(resampler);
}

double sb_resampler_delay(const sb_resampler *resampler) {
  return (double)resampler->reach * larger(resampler->up, resampler->down) / resampler->up;
}

uint64_t sb_resampler_position(const sb_resampler *resampler) { return resampler->position; }

size_t sb_resampler_count(const sb_resampler *resampler, size_t frames) {
  const uint64_t end = (uint64_t)frames * resampler->up;
  return resampler->position >= end ? 0 : (size_t)((end - resampler->position + resampler->down - 1) / resampler->down);
}

size_t sb_resampler_run(sb_resampler *resampler, const float *in, float *out, size_t frames) {
  const uint32_t stride = resampler->history.stride;
  size_t written = 0;
  while (frames > 0) {
    uint32_t first;
    const uint32_t taken = sb_history_push(&resampler->history, in, frames, &first);
    const uint32_t count = (uint32_t)sb_resampler_count(resampler, taken);
    for (uint32_t group = 0; group < stride / SB_HISTORY_LANES; group++)
      SB_ISA_PICK(sb_resample_convolve)(resampler->phases, resampler->taps, resampler->up, resampler->down, resampler->position,
                                        sb_history_row(&resampler->history, group, first),
                                        out + (size_t)group * SB_HISTORY_LANES, count, stride);
    resampler->position += (uint64_t)count * resampler->down - (uint64_t)taken * resampler->up;
    in += (size_t)taken * stride, out += (size_t)count * stride, frames -= taken, written += count;
  }
  return written;
}
