/* SPDX-License-Identifier: Apache-2.0 */
#include "moving_median.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* How many of the sorted samples are below `sample`. */
static uint32_t rank(const sb_moving_median *median, float sample) {
  uint32_t low = 0, high = median->filled;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (median->sorted[middle] < sample) low = middle + 1;
    else high = middle;
  }
  return low;
}

void sb_moving_median_begin(sb_moving_median *median, float first) {
  for (uint32_t i = 0; i < median->window; i++) median->recent[i] = median->sorted[i] = first;
  median->filled = isfinite(first) ? median->window : 0;
  median->place = 0;
}

void sb_moving_median_push(sb_moving_median *median, float sample) {
  float *sorted = median->sorted;
  const float oldest = median->recent[median->place];
  if (isfinite(oldest)) {
    const uint32_t at = rank(median, oldest);
    memmove(sorted + at, sorted + at + 1, (--median->filled - at) * sizeof *sorted);
  }
  if (isfinite(sample)) {
    const uint32_t at = rank(median, sample);
    memmove(sorted + at + 1, sorted + at, (median->filled++ - at) * sizeof *sorted);
    sorted[at] = sample;
  }
  median->recent[median->place] = sample;
  if (++median->place == median->window) median->place = 0;
}

float sb_moving_median_sample(const sb_moving_median *median, uint32_t ago) {
  const uint32_t back = ago + 1;
  return median->recent[median->place >= back ? median->place - back : median->place + median->window - back];
}

static float middle(float below, float above) { return below + (above - below) / 2; }

float sb_moving_median_value(const sb_moving_median *median) {
  const uint32_t n = median->filled;
  if (n == 0) return NAN;
  return n % 2 ? median->sorted[n / 2] : middle(median->sorted[n / 2 - 1], median->sorted[n / 2]);
}

float sb_moving_median_deviation(const sb_moving_median *median, float value) {
  const uint32_t n = median->filled;
  if (n == 0) return NAN;
  /* Distances grow outwards from the median: take the nearer of the two neighbours until half are taken. */
  uint32_t below = n / 2, above = n / 2; /* sorted[below - 1] and sorted[above] are next */
  float last = 0, previous = 0;
  for (uint32_t taken = 0; taken <= n / 2; taken++) {
    const float down = below > 0 ? value - median->sorted[below - 1] : INFINITY;
    const float up = above < n ? median->sorted[above] - value : INFINITY;
    previous = last;
    last = down < up ? down : up;
    if (down < up) below--;
    else above++;
  }
  return n % 2 ? last : middle(previous, last);
}
