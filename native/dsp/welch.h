/* SPDX-License-Identifier: Apache-2.0
 *
 * Welch's estimate of the power spectrum (Welch 1967), as a stream: windows of `size` frames, one every `hop` frames;
 * each new window gives the mean over the last `averages` of them (over fewer at the start). With the settings of
 * scipy.signal.welch (Hann, hop = size / 2, detrend, density) it equals scipy's on the frames that these windows span.
 * Frames at the end that fill no window are not used.
 */
#ifndef STAGEBOX_DSP_WELCH_H
#define STAGEBOX_DSP_WELCH_H

#include <stdbool.h>
#include <stdint.h>

#include "window.h"

typedef enum sb_welch_scaling {
  SB_WELCH_DENSITY = 0, /* unit^2 / Hz: integrates to the signal's variance */
  SB_WELCH_POWER = 1,   /* unit^2: a sine of amplitude A has A^2 / 2 in its bin */
} sb_welch_scaling;

typedef struct sb_welch_settings {
  double rate_hz;
  uint32_t size;     /* as sb_fft_supports */
  uint32_t hop;      /* 1 .. size */
  uint32_t averages; /* 1 .. SB_WELCH_MAX_AVERAGES */
  uint32_t stride;   /* of the rows, a multiple of 8 */
  sb_window window;
  bool detrend;      /* takes each window's mean away, as scipy does */
  sb_welch_scaling scaling;
} sb_welch_settings;

enum { SB_WELCH_MAX_AVERAGES = 256 };

typedef struct sb_welch sb_welch;

/* NULL if a setting is out of its range or memory is short. [control] */
sb_welch *sb_welch_create(const sb_welch_settings *settings);
void sb_welch_destroy(sb_welch *welch);

/* Takes rows until a window is complete or none are left, and returns how many. `spectrum` is then the estimate,
 * one-sided, [size / 2 + 1, stride], valid until the next call, or NULL if no window was completed. [rt] */
uint32_t sb_welch_take(sb_welch *welch, const float *rows, uint32_t frames, const float **spectrum);

/* Forgets all frames and windows. [rt] */
void sb_welch_reset(sb_welch *welch);

#endif
