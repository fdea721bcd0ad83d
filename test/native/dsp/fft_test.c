/* SPDX-License-Identifier: Apache-2.0 */
#include "fft.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fft_golden.h"
#include "isa.h"
#include "noise.h"

enum { CHANNELS = 2, STRIDE = 16 }; /* two groups of 8 lanes: the channels lie in lanes 3 and 13 */

static const uint32_t lane_of[CHANNELS] = {3, 13};

static float *rows(uint32_t count) { return aligned_alloc(64, (size_t)count * STRIDE * sizeof(float)); }

static void lay_noise(float *in, uint32_t size) {
  float *noise = malloc(size * CHANNELS * sizeof *noise);
  noise_fill(noise, size * CHANNELS, size);
  memset(in, 0, (size_t)size * STRIDE * sizeof *in);
  for (uint32_t t = 0; t < size; t++)
    for (uint32_t c = 0; c < CHANNELS; c++) in[t * STRIDE + lane_of[c]] = noise[t * CHANNELS + c];
  free(noise);
}

static void check_size(const char *isa, unsigned index) {
  const uint32_t size = fft_golden[index].size;
  const double tolerance = 3e-7 * sqrt(size) * log2(size);
  sb_fft *fft = sb_fft_create(size);
  if (!check_that(fft != NULL, __FILE__, __LINE__, "no plan for %u", size)) return;
  float *in = rows(size), *out = rows(size + 2), *back = rows(size);
  lay_noise(in, size);

  sb_fft_forward(fft, in, out, STRIDE);
  double worst = 0;
  for (unsigned i = 0; i < fft_golden[index].bins; i++)
    for (unsigned part = 0; part < 2; part++)
      for (unsigned c = 0; c < CHANNELS; c++) {
        const double want = fft_golden[index].want[(i * 2 + part) * CHANNELS + c];
        const double error = fabs(out[(2 * (size_t)fft_golden[index].bin[i] + part) * STRIDE + lane_of[c]] - want);
        if (!(error <= worst)) worst = error;
      }
  check_that(worst <= tolerance, __FILE__, __LINE__, "%s: forward of %u points is off by %g", isa, size, worst);

  sb_fft_inverse(fft, out, back, STRIDE);
  worst = 0;
  for (size_t i = 0; i < (size_t)size * STRIDE; i++)
    if (!(fabs(back[i] - in[i]) <= worst)) worst = fabs(back[i] - in[i]);
  check_that(worst <= 2e-6, __FILE__, __LINE__, "%s: inverse of %u points is off by %g", isa, size, worst);
  free(in), free(out), free(back);
  sb_fft_destroy(fft);
}

TEST(fft_agrees_with_numpy_at_every_size_and_level) {
  for (int level = SB_ISA_128; level <= SB_ISA_512; level++) {
    sb_isa_limit((sb_isa)level);
    for (unsigned i = 0; i < sizeof fft_golden / sizeof *fft_golden; i++) check_size(sb_isa_name(sb_isa_current()), i);
  }
}

TEST(fft_of_an_impulse_is_flat_and_stays_in_its_lane) {
  enum { SIZE = 256 };
  sb_fft *fft = sb_fft_create(SIZE);
  float *in = rows(SIZE), *out = rows(SIZE + 2);
  memset(in, 0, SIZE * STRIDE * sizeof *in);
  in[5] = 1;
  in[3 * STRIDE + 9] = NAN;
  sb_fft_forward(fft, in, out, STRIDE);
  for (uint32_t b = 0; b <= SIZE / 2; b++)
    for (uint32_t lane = 0; lane < STRIDE; lane++) {
      const float re = out[2 * b * STRIDE + lane], im = out[(2 * b + 1) * STRIDE + lane];
      if (lane != 9) CHECK(re == (lane == 5) && im == 0);
    }
  CHECK(isnan(out[40 * STRIDE + 9]));
  free(in), free(out);
  sb_fft_destroy(fft);
}

TEST(fft_power_windows_detrends_and_squares) {
  static const uint32_t sizes[] = {8, 64, 250, 256, 320, 1024};
  for (int level = SB_ISA_128; level <= SB_ISA_512; level++) {
    sb_isa_limit((sb_isa)level);
    for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++) {
      const uint32_t size = sizes[s];
      sb_fft *fft = sb_fft_create(size);
      /* The mean is off by an ulp of 100, which the window leaves in the first bins. */
      float *in = rows(size), *flat = rows(size), *out = rows(size + 2), *power = rows(size / 2 + 1), *window = rows(size);
      lay_noise(in, size);
      for (uint32_t t = 0; t < size; t++) window[t] = (float)(0.3 + 0.7 * t / size), in[t * STRIDE + lane_of[0]] += 100;
      for (uint32_t lane = 0; lane < STRIDE; lane++) {
        double mean = 0;
        for (uint32_t t = 0; t < size; t++) mean += (double)in[t * STRIDE + lane] / size;
        for (uint32_t t = 0; t < size; t++) flat[t * STRIDE + lane] = (float)((in[t * STRIDE + lane] - mean) * window[t]);
      }
      sb_fft_forward(fft, flat, out, STRIDE);
      sb_fft_power(fft, in, window, true, power, STRIDE);
      double worst = 0;
      for (uint32_t b = 0; b <= size / 2; b++)
        for (uint32_t lane = 0; lane < STRIDE; lane++) {
          const double re = out[2 * b * STRIDE + lane], im = out[(2 * b + 1) * STRIDE + lane];
          const double error = fabs(sqrt(power[b * STRIDE + lane]) - hypot(re, im));
          if (!(error <= worst)) worst = error;
        }
      check_that(worst < 2e-5 * sqrt(size) + 1e-5 * size, __FILE__, __LINE__, "power of %u points is off by %g", size, worst);
      free(in), free(flat), free(out), free(power), free(window);
      sb_fft_destroy(fft);
    }
  }
}

TEST(fft_names_the_sizes_it_supports) {
  CHECK(sb_fft_supports(8) && sb_fft_supports(320) && sb_fft_supports(65536) && sb_fft_supports(44100));
  CHECK(!sb_fft_supports(6) && !sb_fft_supports(125) && !sb_fft_supports(22) && !sb_fft_supports(1u << 19) && !sb_fft_supports(0));
  CHECK(sb_fft_create(26) == NULL);
  CHECK_EQUAL(sb_fft_nearest_size(320), 320);
  CHECK_EQUAL(sb_fft_nearest_size(503), 504);
  CHECK_EQUAL(sb_fft_nearest_size(-1), 8);
  CHECK_EQUAL(sb_fft_nearest_size(1e12), SB_FFT_MAX_SIZE);
  CHECK_EQUAL(sb_fft_nearest_size(NAN), 8);
  sb_fft *largest = sb_fft_create(SB_FFT_MAX_SIZE);
  CHECK(largest != NULL);
  sb_fft_destroy(largest);
}
