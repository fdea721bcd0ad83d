/* SPDX-License-Identifier: Apache-2.0 */
#include "welch.h"

#include <stdlib.h>
#include <string.h>

#include "bands.h"
#include "check.h"
#include "golden_signal.h"
#include "isa.h"
#include "spectral_golden.h"

enum { STRIDE = 8, WINDOWS = 60 };

static sb_welch_settings settings(unsigned i, uint32_t averages) {
  return (sb_welch_settings){GOLDEN_RATE, welch_golden[i].size, welch_golden[i].hop, averages, STRIDE, (sb_window)welch_golden[i].window,
                             welch_golden[i].detrend, (sb_welch_scaling)welch_golden[i].scaling};
}

/* Feeds all frames in pieces and copies the last estimate; returns how many there were. */
static uint32_t run(sb_welch *welch, const float *in, uint32_t frames, uint32_t piece, float *last, size_t floats) {
  uint32_t count = 0;
  for (uint32_t start = 0; start < frames; start += piece) {
    const uint32_t end = start + piece < frames ? start + piece : frames;
    for (uint32_t t = start; t < end;) {
      const float *spectrum;
      t += sb_welch_take(welch, in + t * STRIDE, end - t, &spectrum);
      if (!spectrum) continue;
      memcpy(last, spectrum, floats * sizeof *last);
      count++;
    }
  }
  return count;
}

TEST(welch_agrees_with_scipy_in_pieces_of_any_length) {
  static _Alignas(64) float in[GOLDEN_FRAMES * STRIDE], spectrum[161 * STRIDE], whole[161 * STRIDE];
  golden_signal(in, STRIDE);
  for (int level = SB_ISA_128; level <= SB_ISA_512; level++) {
    sb_isa_limit((sb_isa)level);
    for (unsigned i = 0; i < sizeof welch_golden / sizeof *welch_golden; i++) {
      static const uint32_t pieces[] = {GOLDEN_FRAMES, 1, 7, 32};
      const uint32_t bins = welch_golden[i].size / 2 + 1, windows = (GOLDEN_FRAMES - welch_golden[i].size) / welch_golden[i].hop + 1;
      for (unsigned p = 0; p < 4; p++) {
        sb_welch_settings set = settings(i, WINDOWS);
        sb_welch *welch = sb_welch_create(&set);
        CHECK_EQUAL(run(welch, in, GOLDEN_FRAMES, pieces[p], spectrum, bins * STRIDE), windows);
        sb_welch_destroy(welch);
        if (p == 0) memcpy(whole, spectrum, sizeof whole);
        CHECK(memcmp(whole, spectrum, bins * STRIDE * sizeof(float)) == 0);
      }
      double worst = 0;
      for (uint32_t b = 0; b < bins; b++)
        for (uint32_t c = 0; c < GOLDEN_CHANNELS; c++) {
          const double want = welch_golden[i].want[b * GOLDEN_CHANNELS + c], error = fabs(spectrum[b * STRIDE + c] - want);
          if (!(error <= worst * (want + 1e-5))) worst = error / (want + 1e-5);
        }
      check_that(worst < 2e-4, __FILE__, __LINE__, "%s, case %u: off by %g of the density", sb_isa_name(sb_isa_current()), i, worst);
    }
  }
}

TEST(welch_averages_the_newest_windows_only) {
  static _Alignas(64) float in[GOLDEN_FRAMES * STRIDE], late[161 * STRIDE], fresh[161 * STRIDE];
  golden_signal(in, STRIDE);
  in[5 * STRIDE + 1] = NAN;
  in[6 * STRIDE + 2] = INFINITY;
  sb_welch_settings set = settings(0, 3);
  sb_welch *stream = sb_welch_create(&set), *anew = sb_welch_create(&set);
  CHECK_EQUAL(run(stream, in, 6 * 160, 50, late, 161 * STRIDE), 5);
  CHECK_EQUAL(run(anew, in + 2 * 160 * STRIDE, 4 * 160, 640, fresh, 161 * STRIDE), 3);
  double worst = 0;
  for (int i = 0; i < 161 * STRIDE; i++)
    if (!(fabs(late[i] - fresh[i]) <= worst)) worst = fabs(late[i] - fresh[i]);
  CHECK(worst < 1e-6);
  sb_welch_reset(stream);
  CHECK_EQUAL(run(stream, in + 2 * 160 * STRIDE, 4 * 160, 33, late, 161 * STRIDE), 3);
  CHECK(memcmp(late, fresh, sizeof late) == 0);
  sb_welch_destroy(stream), sb_welch_destroy(anew);
}

TEST(welch_refuses_what_it_cannot_do) {
  sb_welch_settings good = settings(0, 1), bad;
  bad = good, bad.size = 22, CHECK(sb_welch_create(&bad) == NULL);
  bad = good, bad.hop = 0, CHECK(sb_welch_create(&bad) == NULL);
  bad = good, bad.hop = 321, CHECK(sb_welch_create(&bad) == NULL);
  bad = good, bad.averages = SB_WELCH_MAX_AVERAGES + 1, CHECK(sb_welch_create(&bad) == NULL);
  bad = good, bad.stride = 4, CHECK(sb_welch_create(&bad) == NULL);
  bad = good, bad.rate_hz = NAN, CHECK(sb_welch_create(&bad) == NULL);
}

TEST(bands_cut_the_line_between_bins) {
  static _Alignas(64) float in[GOLDEN_FRAMES * STRIDE], density[161 * STRIDE];
  static const double edges_hz[4][2] = {{7.3, 12.9}, {10.1, 10.3}, {79.3, 80}, {0, 0.7}};
  golden_signal(in, STRIDE);
  sb_welch_settings set = settings(0, 1);
  sb_welch *welch = sb_welch_create(&set);
  CHECK_EQUAL(run(welch, in, 320, 320, density, 161 * STRIDE), 1);
  for (int i = 0; i < 4; i++) {
    sb_band band;
    float power[STRIDE];
    CHECK_EQUAL(sb_band_create(edges_hz[i][0], edges_hz[i][1], 0.5, 161, &band), 0);
    sb_band_integrate(&band, density, STRIDE, power);
    for (int c = 0; c < GOLDEN_CHANNELS; c++) {
      const double want = band_between_want[i * GOLDEN_CHANNELS + c];
      CHECK_NEAR(power[c], want, 2e-4 * want + 1e-7);
    }
    free(band.weights);
  }
  sb_welch_destroy(welch);
}
