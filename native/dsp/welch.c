/* SPDX-License-Identifier: Apache-2.0
 *
 * The scale of the estimate is folded into the window, so the transform's power is the periodogram but for the two bins
 * that have no mirror image. The mean is summed anew for every window: a running sum would drift, and keep a NaN.
 */
#include "welch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fft.h"

struct sb_welch {
  sb_welch_settings set;
  sb_fft *fft;
  float *window;       /* [size], scaled */
  float *frames;       /* [2 * size, stride] */
  float *periodograms; /* [averages][bins, stride] */
  float *mean;         /* [bins, stride] */
  size_t row_floats, spectrum_floats;
  uint32_t start;      /* the row in `frames` where the window to come begins */
  uint32_t filled;     /* frames of it that are there */
  uint32_t next, held; /* periodogram to write, and how many there are */
};

static bool fill_window(sb_welch *welch) {
  const uint32_t size = welch->set.size;
  double *shape = malloc(size * sizeof *shape);
  if (!shape) return false;
  sb_window_fill(welch->set.window, true, shape, size);
  double sum = 0, squares = 0;
  for (uint32_t i = 0; i < size; i++) sum += shape[i], squares += shape[i] * shape[i];
  const double scale = welch->set.scaling == SB_WELCH_DENSITY ? 1 / (welch->set.rate_hz * squares) : 1 / (sum * sum);
  for (uint32_t i = 0; i < size; i++) welch->window[i] = (float)(shape[i] * sqrt(2 * scale));
  free(shape);
  return true;
}

static float *rows(size_t count, uint32_t stride) {
  float *memory = aligned_alloc(64, (count * stride * sizeof(float) + 63) / 64 * 64);
  if (memory) memset(memory, 0, count * stride * sizeof(float));
  return memory;
}

sb_welch *sb_welch_create(const sb_welch_settings *set) {
  if (!sb_fft_supports(set->size) || set->hop == 0 || set->hop > set->size || set->averages == 0 ||
      set->averages > SB_WELCH_MAX_AVERAGES || set->stride == 0 || set->stride % 8 != 0 || !(set->rate_hz > 0))
    return NULL;
  sb_welch *welch = calloc(1, sizeof *welch);
  if (!welch) return NULL;
  welch->set = *set;
  welch->row_floats = set->stride;
  welch->spectrum_floats = (size_t)(set->size / 2 + 1) * set->stride;
  welch->fft = sb_fft_create(set->size);
  welch->window = malloc(set->size * sizeof(float));
  welch->frames = rows(2 * (size_t)set->size, set->stride);
  welch->periodograms = rows((size_t)(set->size / 2 + 1) * set->averages, set->stride);
  welch->mean = rows(set->size / 2 + 1, set->stride);
  if (!welch->fft || !welch->window || !welch->frames || !welch->periodograms || !welch->mean || !fill_window(welch)) {
    sb_welch_destroy(welch);
    return NULL;
  }
  return welch;
}

void sb_welch_destroy(sb_welch *welch) {
  if (!welch) return;
  sb_fft_destroy(welch->fft);
  free(welch->window), free(welch->frames), free(welch->periodograms), free(welch->mean), free(welch);
}

void sb_welch_reset(sb_welch *welch) { welch->start = welch->filled = welch->next = welch->held = 0; }

static const float *average(sb_welch *welch) {
  if (welch->held == 1) return welch->periodograms;
  memcpy(welch->mean, welch->periodograms, welch->spectrum_floats * sizeof(float));
  for (uint32_t i = 1; i < welch->held; i++) {
    const float *periodogram = welch->periodograms + i * welch->spectrum_floats;
    for (size_t j = 0; j < welch->spectrum_floats; j++) welch->mean[j] += periodogram[j];
  }
  const float share = 1.0f / (float)welch->held;
  for (size_t j = 0; j < welch->spectrum_floats; j++) welch->mean[j] *= share;
  return welch->mean;
}

static const float *transform(sb_welch *welch) {
  const sb_welch_settings *set = &welch->set;
  float *periodogram = welch->periodograms + welch->next * welch->spectrum_floats;
  sb_fft_power(welch->fft, welch->frames + welch->start * welch->row_floats, welch->window, set->detrend, periodogram, set->stride);
  float *nyquist = periodogram + welch->spectrum_floats - set->stride;
  for (uint32_t i = 0; i < set->stride; i++) periodogram[i] *= 0.5f, nyquist[i] *= 0.5f;
  welch->next = (welch->next + 1) % set->averages;
  if (welch->held < set->averages) welch->held++;
  return average(welch);
}

/* Moves on by a hop; what is still needed goes back to the front when the end of the buffer is near. */
static void advance(sb_welch *welch) {
  const uint32_t size = welch->set.size, hop = welch->set.hop;
  welch->start += hop;
  welch->filled = size - hop;
  if (welch->start + size <= 2 * size) return;
  memmove(welch->frames, welch->frames + welch->start * welch->row_floats, welch->filled * welch->row_floats * sizeof(float));
  welch->start = 0;
}

uint32_t sb_welch_take(sb_welch *welch, const float *in, uint32_t frames, const float **spectrum) {
  const uint32_t wanted = welch->set.size - welch->filled, taken = frames < wanted ? frames : wanted;
  memcpy(welch->frames + (welch->start + welch->filled) * welch->row_floats, in, taken * welch->row_floats * sizeof(float));
  welch->filled += taken;
  *spectrum = NULL;
  if (taken == wanted) {
    *spectrum = transform(welch);
    advance(welch);
  }
  return taken;
}
