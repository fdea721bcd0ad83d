/* SPDX-License-Identifier: Apache-2.0 */
#include "resample.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fir_scipy.h"
#include "levels.h"
#include "moving_average.h"

enum { STRIDE = 8, FRAMES = GOLDEN_FIR_NOISE, MOST = FRAMES * 5 };

static void fill_noise(float *rows) {
  for (int f = 0; f < FRAMES; f++)
    for (int c = 0; c < STRIDE; c++) rows[f * STRIDE + c] = (float)golden_fir_noise[f] * (float)(c + 1);
}

static sb_resampler *create(const golden_resample *g) {
  return sb_resampler_create((uint32_t)g->up, (uint32_t)g->down, (uint32_t)g->reach, STRIDE);
}

static void check_against_upfirdn(void) {
  static float in[FRAMES * STRIDE], out[MOST * STRIDE], pieces[MOST * STRIDE];
  fill_noise(in);
  for (size_t i = 0; i < sizeof golden_resamples / sizeof *golden_resamples; i++) {
    const golden_resample *g = &golden_resamples[i];
    sb_resampler *whole = create(g), *parts = create(g);
    const size_t expected = sb_resampler_count(whole, FRAMES);
    CHECK_EQUAL(expected, (FRAMES * g->up + g->down - 1) / g->down);
    size_t written = sb_resampler_run(whole, in, out, FRAMES);
    CHECK_EQUAL(written, expected);
    for (int k = 0; k < g->count; k++)
      for (int c = 0; c < STRIDE; c++) CHECK_NEAR(out[k * STRIDE + c] / (c + 1), g->output[k], 6e-5);

    written = 0;
    for (int f = 0, n = 1; f < FRAMES; f += n, n = n % 11 + 1) {
      if (n > FRAMES - f) n = FRAMES - f;
      written += sb_resampler_run(parts, in + f * STRIDE, pieces + written * STRIDE, (size_t)n);
    }
    CHECK_EQUAL(written, expected);
    CHECK(memcmp(out, pieces, expected * STRIDE * sizeof(float)) == 0);
    sb_resampler_destroy(whole), sb_resampler_destroy(parts);
  }
}

TEST(resample_gives_what_upfirdn_gives_in_blocks_of_any_length) { at_every_level(check_against_upfirdn); }

TEST(resample_ratio_is_the_smallest_fraction) {
  uint32_t up, down;
  CHECK(sb_resample_ratio(250.0 / 256, &up, &down) && up == 125 && down == 128);
  CHECK(sb_resample_ratio(48000.0 / 44100, &up, &down) && up == 160 && down == 147);
  CHECK(sb_resample_ratio(1.0 / 3, &up, &down) && up == 1 && down == 3);
  CHECK(sb_resample_ratio(1, &up, &down) && up == 1 && down == 1);
  CHECK(!sb_resample_ratio(M_PI, &up, &down));
  CHECK(!sb_resample_ratio(0, &up, &down));
  CHECK(!sb_resample_ratio(NAN, &up, &down));
  CHECK(!sb_resample_ratio(INFINITY, &up, &down));
  CHECK(!sb_resample_ratio(1e-30, &up, &down));
}

/* Amplitude that a sine of `freq` (of the input's rate) has behind the resampler. */
static double amplitude_behind(uint32_t up, uint32_t down, uint32_t reach, double freq) {
  enum { COUNT = 8000 };
  float *in = calloc(COUNT * STRIDE, sizeof(float)), *out = calloc((COUNT * up / down + 1) * STRIDE, sizeof(float));
  for (int f = 0; f < COUNT; f++) in[f * STRIDE] = (float)sin(2 * M_PI * freq * f);
  sb_resampler *resampler = sb_resampler_create(up, down, reach, STRIDE);
  const size_t count = sb_resampler_run(resampler, in, out, COUNT);
  double power = 0;
  for (size_t f = count / 4; f < count; f++) power += out[f * STRIDE] * out[f * STRIDE];
  sb_resampler_destroy(resampler);
  free(in), free(out);
  return sqrt(2 * power / (double)(count - count / 4));
}

TEST(resample_keeps_the_pass_band_and_removes_what_would_alias) {
  const uint32_t ratios[][2] = {{1, 4}, {1, 10}, {2, 5}, {125, 128}};
  for (int i = 0; i < 4; i++) {
    const double half = 0.5 * ratios[i][0] / ratios[i][1];
    CHECK_NEAR(amplitude_behind(ratios[i][0], ratios[i][1], 16, half * 0.6), 1, 2e-3);
    for (double freq = half; freq < 0.5; freq += 0.013) CHECK(amplitude_behind(ratios[i][0], ratios[i][1], 16, freq) < 2.5e-4);
  }
}

TEST(moving_average_is_a_boxcar_without_drift) {
  static float in[FRAMES * STRIDE], out[FRAMES * STRIDE], pieces[FRAMES * STRIDE];
  fill_noise(in);
  sb_moving_average *whole = sb_moving_average_create(25, STRIDE), *parts = sb_moving_average_create(25, STRIDE);
  sb_moving_average_run(whole, in, out, FRAMES);
  for (int f = 0; f < FRAMES; f++)
    for (int c = 0; c < STRIDE; c++) CHECK_NEAR(out[f * STRIDE + c] / (c + 1), golden_mean_of_25[f], 1e-5);
  for (int f = 0, n = 1; f < FRAMES; f += n, n = n % 11 + 1) {
    if (n > FRAMES - f) n = FRAMES - f;
    sb_moving_average_run(parts, in + f * STRIDE, pieces + f * STRIDE, (size_t)n);
  }
  CHECK(memcmp(out, pieces, sizeof out) == 0);

  memset(in, 0, sizeof in); /* after a value that swallows all others, silence is exactly silent */
  in[0] = 1e30f, in[1] = NAN, in[2] = 1;
  for (int round = 0; round < 2; round++) {
    sb_moving_average_run(whole, in, out, FRAMES);
    CHECK(out[24 * STRIDE + 2] > 0 && out[25 * STRIDE + 2] == 0);
    for (int f = 50; f < FRAMES; f++)
      for (int c = 0; c < STRIDE; c++) CHECK(out[f * STRIDE + c] == 0);
  }
  sb_moving_average_destroy(whole), sb_moving_average_destroy(parts);
}
