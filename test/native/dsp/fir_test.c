/* SPDX-License-Identifier: Apache-2.0 */
#include "fir.h"

#include <string.h>

#include "check.h"
#include "fir_design.h"
#include "fir_scipy.h"
#include "levels.h"

enum { STRIDE = 16, FRAMES = GOLDEN_FIR_NOISE };

TEST(window_is_that_of_scipy) {
  for (int window = 0; window < 4; window++)
    for (int periodic = 0; periodic < 2; periodic++) {
      double got[12];
      sb_window_fill((sb_window)window, periodic, got, 12);
      for (int i = 0; i < 12; i++) CHECK_NEAR(got[i], golden_windows[window][periodic][i], 1e-15);
      sb_window_fill((sb_window)window, periodic, got, 1);
      CHECK(got[0] == 1);
    }
}

TEST(fir_design_is_firwin) {
  for (size_t i = 0; i < sizeof golden_firs / sizeof *golden_firs; i++) {
    const golden_fir *g = &golden_firs[i];
    double taps[GOLDEN_MAX_TAPS];
    CHECK(sb_fir_design(taps, (uint32_t)g->count, (sb_fir_kind)g->kind, g->low, g->high, (sb_window)g->window));
    for (int k = 0; k < g->count; k++) CHECK_NEAR(taps[k], g->taps[k], 1e-14);
  }
}

TEST(fir_design_refuses_what_does_not_fit) {
  double taps[8];
  CHECK(!sb_fir_design(taps, 0, SB_FIR_LOWPASS, 0, 0.1, SB_WINDOW_HANN));
  CHECK(!sb_fir_design(taps, 8, SB_FIR_HIGHPASS, 0.1, 0, SB_WINDOW_HANN));
  CHECK(!sb_fir_design(taps, 7, SB_FIR_LOWPASS, 0, 0.5, SB_WINDOW_HANN));
  CHECK(!sb_fir_design(taps, 7, SB_FIR_BANDPASS, 0.3, 0.2, SB_WINDOW_HANN));
  CHECK(!sb_fir_design(taps, 2, SB_FIR_LOWPASS, 0, 0.1, SB_WINDOW_HANN)); /* all zeros */
}

static void fill_noise(float *rows) {
  for (int f = 0; f < FRAMES; f++)
    for (int c = 0; c < STRIDE; c++) rows[f * STRIDE + c] = (float)golden_fir_noise[f] * (float)(c + 1);
}

static void check_against_lfilter(void) {
  static float in[FRAMES * STRIDE], out[FRAMES * STRIDE];
  fill_noise(in);
  for (size_t i = 0; i < sizeof golden_firs / sizeof *golden_firs; i++) {
    const golden_fir *g = &golden_firs[i];
    sb_fir *fir = sb_fir_create(g->taps, (uint32_t)g->count, STRIDE);
    sb_fir_run(fir, in, out, FRAMES);
    for (int k = 0; k < FRAMES / 10; k++)
      for (int c = 0; c < STRIDE; c++) CHECK_NEAR(out[(10 * k + 9) * STRIDE + c] / (c + 1), g->output[k], 6e-5);
    sb_fir_destroy(fir);
  }
}

TEST(fir_gives_what_lfilter_gives) { at_every_level(check_against_lfilter); }

static void check_blocks(void) {
  static float in[FRAMES * STRIDE], whole[FRAMES * STRIDE], pieces[FRAMES * STRIDE];
  fill_noise(in);
  for (size_t i = 0; i < sizeof golden_firs / sizeof *golden_firs; i++) {
    const golden_fir *g = &golden_firs[i];
    sb_fir *a = sb_fir_create(g->taps, (uint32_t)g->count, STRIDE), *b = sb_fir_create(g->taps, (uint32_t)g->count, STRIDE);
    sb_fir_run(a, in, whole, FRAMES);
    memcpy(pieces, in, sizeof in);
    for (int f = 0, n = 1; f < FRAMES; f += n, n = n % 37 + 1) {
      if (n > FRAMES - f) n = FRAMES - f;
      sb_fir_run(b, pieces + f * STRIDE, pieces + f * STRIDE, (size_t)n); /* in place */
    }
    CHECK(memcmp(whole, pieces, sizeof whole) == 0);
    sb_fir_destroy(a), sb_fir_destroy(b);
  }
}

TEST(fir_does_not_depend_on_the_block_length) { at_every_level(check_blocks); }

static void check_impulse_and_nan(void) {
  static float rows[40 * STRIDE];
  const double taps[5] = {1, 2, 3, 4, 5};
  memset(rows, 0, sizeof rows);
  sb_fir *fir = sb_fir_create(taps, 5, STRIDE);
  rows[3] = 1;
  rows[20 * STRIDE + 9] = NAN;
  sb_fir_run(fir, rows, rows, 40);
  for (int f = 0; f < 40; f++) {
    CHECK(rows[f * STRIDE + 3] == (f < 5 ? taps[f] : 0));
    CHECK(rows[f * STRIDE + 4] == 0);
    if (f < 20 || f >= 28) CHECK(rows[f * STRIDE + 9] == 0); /* within the taps, rounded up to four */
    else if (f < 25) CHECK(isnan(rows[f * STRIDE + 9]));
  }
  sb_fir_destroy(fir);
}

TEST(fir_impulse_gives_the_taps_and_a_nan_passes) { at_every_level(check_impulse_and_nan); }

TEST(fir_state_goes_on_in_another_instance) {
  static float in[FRAMES * STRIDE], whole[FRAMES * STRIDE], rest[100 * STRIDE];
  const golden_fir *g = &golden_firs[0];
  fill_noise(in);
  sb_fir *a = sb_fir_create(g->taps, 63, STRIDE), *b = sb_fir_create(g->taps, 63, STRIDE), *other = sb_fir_create(g->taps, 62, STRIDE);
  char bytes[8 + 63 * STRIDE * 4];
  CHECK_EQUAL(sb_fir_state_bytes(a), sizeof bytes);
  sb_fir_run(a, in, whole, 200);
  sb_fir_save(a, bytes);
  CHECK(sb_fir_load(b, bytes, sizeof bytes));
  CHECK(!sb_fir_load(b, bytes, sizeof bytes - 1));
  CHECK(!sb_fir_load(other, bytes, sizeof bytes)); /* the same size, padded, but another length */
  sb_fir_run(a, in + 200 * STRIDE, whole, 100);
  sb_fir_run(b, in + 200 * STRIDE, rest, 100);
  CHECK(memcmp(whole, rest, sizeof rest) == 0);
  sb_fir_destroy(a), sb_fir_destroy(b), sb_fir_destroy(other);
}
