/* SPDX-License-Identifier: Apache-2.0
 *
 * Three moving averages. A narrow one minus a wide one around the same sample is a band pass of linear phase for 4 to 25 Hz,
 * where a QRS complex has its power and P and T waves, baseline and mains have little; the root of the mean square over
 * the length of a QRS complex is its envelope (Pan, Tompkins 1985, with finite impulse responses only).
 */
#include "qrs_energy.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

static const double NARROW_S = 0.020, WIDE_S = 0.150, SQUARE_S = 0.100;

static uint32_t odd_frames(double seconds, double rate_hz) { return 2 * (uint32_t)(seconds * rate_hz / 2) + 1; }

/* The sum begins anew with every round of the ring, so that rounding errors do not gather. */
static double mean_push(sb_mean *mean, double number) {
  mean->sum += number - mean->ring[mean->place];
  mean->fresh += number;
  mean->ring[mean->place] = number;
  if (++mean->place == mean->window) {
    mean->place = 0;
    mean->sum = mean->fresh;
    mean->fresh = 0;
  }
  return mean->sum / mean->window;
}

int sb_qrs_energy_open(sb_qrs_energy *energy, double rate_hz) {
  const uint32_t narrow = odd_frames(NARROW_S, rate_hz), wide = odd_frames(WIDE_S, rate_hz), square = odd_frames(SQUARE_S, rate_hz);
  const uint32_t delay = (wide - narrow) / 2 + 1;
  double *memory = calloc((size_t)narrow + wide + square + delay, sizeof *memory);
  if (!memory) return -1;
  *energy = (sb_qrs_energy){.narrow = {.window = narrow, .ring = memory},
                            .wide = {.window = wide, .ring = memory + narrow},
                            .square = {.window = square, .ring = memory + narrow + wide},
                            .delay = memory + narrow + wide + square,
                            .delay_frames = delay,
                            .lag = (wide - 1) / 2 + (square - 1) / 2,
                            .memory = memory};
  return 0;
}

void sb_qrs_energy_close(sb_qrs_energy *energy) {
  free(energy->memory);
  *energy = (sb_qrs_energy){0};
}

double sb_qrs_energy_push(sb_qrs_energy *energy, float sample) {
  energy->delay[energy->delay_place] = mean_push(&energy->narrow, sample);
  energy->delay_place = energy->delay_place + 1 == energy->delay_frames ? 0 : energy->delay_place + 1;
  const double band = energy->delay[energy->delay_place] - mean_push(&energy->wide, sample);
  return sqrt(fmax(mean_push(&energy->square, band * band), 0));
}
