/* SPDX-License-Identifier: Apache-2.0 */
#include "biquad.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "iir_scipy.h"
#include "iir_design.h"
#include "levels.h"

enum { STRIDE = 16 };

static sb_cascade golden_cascade(const golden_iir *g) {
  sb_iir_prototype prototype;
  sb_cascade cascade;
  sb_iir_prototype_fill(&prototype, (sb_iir_family)g->family, (uint32_t)g->order, g->ripple_db);
  CHECK(sb_iir_design(&cascade, &prototype, (sb_iir_kind)g->kind, g->low_hz, g->high_hz, golden_rate_hz));
  return cascade;
}

/* The noise in every channel, channel c times (c + 1). */
static void fill_noise(float *rows) {
  for (int f = 0; f < GOLDEN_NOISE; f++)
    for (int c = 0; c < STRIDE; c++) rows[f * STRIDE + c] = (float)golden_noise[f] * (float)(c + 1);
}

static void check_against_sosfilt(bool float32, double tolerance) {
  static float in[GOLDEN_NOISE * STRIDE], out[GOLDEN_NOISE * STRIDE];
  fill_noise(in);
  for (size_t i = 0; i < sizeof golden_iirs / sizeof *golden_iirs; i++) {
    const sb_cascade cascade = golden_cascade(&golden_iirs[i]);
    sb_biquad_bank *bank = sb_biquad_create(&cascade, STRIDE, float32);
    sb_biquad_run(bank, in, out, GOLDEN_NOISE);
    for (int k = 0; k < GOLDEN_NOISE / 10; k++)
      for (int c = 0; c < STRIDE; c++)
        CHECK_NEAR(out[(10 * k + 9) * STRIDE + c] / (c + 1), golden_iirs[i].output[k], tolerance);
    sb_biquad_destroy(bank);
  }
}

static void check_float64(void) { check_against_sosfilt(false, 2e-5); }
static void check_float32(void) { check_against_sosfilt(true, 2e-3); }

TEST(biquad_gives_what_sosfilt_gives) { at_every_level(check_float64); }

TEST(biquad_with_float32_state_gives_what_sosfilt_gives) { at_every_level(check_float32); }

static void check_blocks(void) {
  static float in[GOLDEN_NOISE * STRIDE], whole[GOLDEN_NOISE * STRIDE], pieces[GOLDEN_NOISE * STRIDE];
  fill_noise(in);
  for (int sections = 1; sections <= 12; sections++) {
    sb_cascade cascade = {.count = (uint32_t)sections};
    for (int s = 0; s < sections; s++) cascade.sections[s] = (sb_biquad){0.8, 0.1 * s, 0.2, -0.5, 0.06 * s};
    for (int float32 = 0; float32 < 2; float32++) {
      sb_biquad_bank *a = sb_biquad_create(&cascade, STRIDE, float32), *b = sb_biquad_create(&cascade, STRIDE, float32);
      sb_biquad_run(a, in, whole, GOLDEN_NOISE);
      memcpy(pieces, in, sizeof in);
      for (int f = 0, n = 1; f < GOLDEN_NOISE; f += n, n = n % 13 + 1) {
        if (n > GOLDEN_NOISE - f) n = GOLDEN_NOISE - f;
        sb_biquad_run(b, pieces + f * STRIDE, pieces + f * STRIDE, (size_t)n); /* in place */
      }
      CHECK(memcmp(whole, pieces, sizeof whole) == 0);
      sb_biquad_destroy(a), sb_biquad_destroy(b);
    }
  }
}

TEST(biquad_does_not_depend_on_the_block_length) { at_every_level(check_blocks); }

static void check_bad_numbers(void) {
  static float in[GOLDEN_NOISE * STRIDE], out[GOLDEN_NOISE * STRIDE];
  for (int float32 = 0; float32 < 2; float32++) {
    const sb_cascade cascade = golden_cascade(&golden_iirs[1]);
    sb_biquad_bank *bank = sb_biquad_create(&cascade, STRIDE, float32), *fresh = sb_biquad_create(&cascade, STRIDE, float32);
    fill_noise(in);
    in[10 * STRIDE + 3] = NAN, in[11 * STRIDE + 8] = INFINITY;
    sb_biquad_run(bank, in, out, 32);
    for (int c = 0; c < STRIDE; c++) CHECK(isfinite(out[31 * STRIDE + c]) == (c != 3 && c != 8));
    float again[32 * STRIDE];
    fill_noise(in);
    sb_biquad_run(bank, in, out, 32);
    sb_biquad_run(fresh, in, again, 32);
    for (int f = 0; f < 32; f++) CHECK(out[f * STRIDE + 3] == again[f * STRIDE + 3] && out[f * STRIDE + 8] == again[f * STRIDE + 8]);
    sb_biquad_destroy(bank), sb_biquad_destroy(fresh);
  }
}

TEST(biquad_channel_recovers_from_bad_numbers_at_the_next_call) { at_every_level(check_bad_numbers); }

static void check_silence(void) {
  static float rows[256 * STRIDE];
  const sb_cascade cascade = golden_cascade(&golden_iirs[0]);
  sb_biquad_bank *bank = sb_biquad_create(&cascade, STRIDE, false);
  double state[3 * STRIDE];
  CHECK_EQUAL(sb_biquad_state_bytes(bank), sizeof state);
  rows[0] = 1e6f;
  for (int round = 0; round < 100; round++) {
    sb_biquad_run(bank, rows, rows, 256);
    memset(rows, 0, sizeof rows);
  }
  sb_biquad_save(bank, state);
  for (int i = 0; i < 3 * STRIDE; i++) CHECK(state[i] == 0); /* not denormal for ever */
  sb_biquad_destroy(bank);
}

TEST(biquad_state_comes_to_rest_in_silence) { at_every_level(check_silence); }

TEST(biquad_settled_on_a_row_stays_at_its_steady_state) {
  float row[STRIDE], out[STRIDE];
  for (int c = 0; c < STRIDE; c++) row[c] = 1000.f * (float)(c - 4);
  for (size_t i = 0; i < sizeof golden_iirs / sizeof *golden_iirs; i++) {
    const sb_cascade cascade = golden_cascade(&golden_iirs[i]);
    double at_0_hz = 1;
    for (uint32_t s = 0; s < cascade.count; s++) {
      const sb_biquad *q = &cascade.sections[s];
      at_0_hz *= (q->b0 + q->b1 + q->b2) / (1 + q->a1 + q->a2);
    }
    sb_biquad_bank *bank = sb_biquad_create(&cascade, STRIDE, false);
    sb_biquad_settle(bank, row);
    for (int f = 0; f < 5; f++) sb_biquad_run(bank, row, out, 1);
    for (int c = 0; c < STRIDE; c++) CHECK_NEAR(out[c], at_0_hz * row[c], 1e-3);
    sb_biquad_destroy(bank);
  }
}

TEST(biquad_change_and_state_go_on_without_a_jump) {
  sb_iir_prototype prototype;
  sb_cascade before, after;
  sb_iir_prototype_fill(&prototype, SB_IIR_BUTTERWORTH, 4, 0);
  CHECK(sb_iir_design(&before, &prototype, SB_IIR_HIGHPASS, 1, 0, 250) && sb_iir_design(&after, &prototype, SB_IIR_HIGHPASS, 1.1, 0, 250));
  float offset[STRIDE], out[STRIDE], moved[STRIDE];
  for (int c = 0; c < STRIDE; c++) offset[c] = 1e5f;
  sb_biquad_bank *bank = sb_biquad_create(&before, STRIDE, false), *other = sb_biquad_create(&after, STRIDE, false);
  sb_biquad_settle(bank, offset);
  double state[5 * STRIDE];
  sb_biquad_save(bank, state);
  sb_biquad_load(other, state);
  sb_biquad_change(bank, &after);
  sb_biquad_run(bank, offset, out, 1);
  sb_biquad_run(other, offset, moved, 1);
  for (int c = 0; c < STRIDE; c++) {
    CHECK_NEAR(out[c], 0, 1e-3); /* from rest it would be 1e5 */
    CHECK_NEAR(moved[c], out[c], 1e-3);
  }
  sb_biquad_destroy(bank), sb_biquad_destroy(other);
}
