/* SPDX-License-Identifier: Apache-2.0
 *
 * fir and moving_average.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fir_scipy.h"
#include "levels.h"
#include "stage_rig.h"

extern const sb_stage_class sb_stage_fir, sb_stage_moving_average;

enum { CHANNELS = 3, FRAMES = GOLDEN_FIR_NOISE, RATE = 250 };

static void fill_noise(float *rows) {
  for (int f = 0; f < FRAMES; f++)
    for (int c = 0; c < CHANNELS; c++) rows[f * CHANNELS + c] = (float)golden_fir_noise[f] * (float)(c + 1);
}

static void check_against_lfilter(void) {
  static float in[FRAMES * CHANNELS];
  fill_noise(in);
  for (size_t i = 0; i < sizeof golden_firs / sizeof *golden_firs; i++) {
    const golden_fir *g = &golden_firs[i];
    rig *r = rig_open(&sb_stage_fir, rig_signal(RATE, CHANNELS),
                      (rig_set[]){{"kind", .number = g->kind}, {"low_hz", .number = g->low * RATE}, {"high_hz", .number = g->high * RATE},
                                  {"taps", .number = g->count}, {"window", .number = g->window}, {0}});
    if (!check_that(r != NULL, __FILE__, __LINE__, "%s", rig_error())) continue;
    rig_run(r, in, FRAMES, 32);
    for (int k = 0; k < FRAMES / 10; k++) CHECK_NEAR(r->out[(10 * k + 9) * CHANNELS + 1] / 2, g->output[k], 6e-5);
    const sb_ext_latency *latency = sb_stage_fir.extension(SB_EXT_LATENCY);
    CHECK_NEAR(latency->seconds(r->self), (g->count - 1) / 2.0 / RATE, 1e-12);
    rig_close(r);
  }
}

TEST(fir_stage_gives_what_lfilter_gives) { at_every_level(check_against_lfilter); }

static void check_blocks(void) {
  static float in[FRAMES * CHANNELS];
  fill_noise(in);
  rig_check_block_sizes(&sb_stage_fir, rig_signal(RATE, CHANNELS), NULL, in, FRAMES, 0);
  rig_check_block_sizes(&sb_stage_moving_average, rig_signal(RATE, CHANNELS), NULL, in, FRAMES, 0);
}

TEST(fir_and_moving_average_do_not_depend_on_the_block_length) { at_every_level(check_blocks); }

TEST(fir_refuses_what_does_not_fit) {
  const struct {
    double rate_hz;
    rig_set sets[4];
    const char *words;
  } cases[] = {
      {250, {{"kind", .number = 1}, {"taps", .number = 128}}, "taps: a highpass needs an odd number, not 128; choose 129"},
      {64, {{0}}, "high_hz: 40 Hz is not below half the rate (32 Hz)"},
      {250, {{"low_hz", .number = 40}}, "low_hz: 40 Hz is not below high_hz (40 Hz)"},
      {250, {{"taps", .number = 2}, {"window", .number = 1}}, "taps: 2 are too few"},
      {0, {{0}}, "input: its rate is irregular"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    CHECK(rig_open(&sb_stage_fir, rig_signal(cases[i].rate_hz, 2), cases[i].sets) == NULL);
    check_that(strstr(rig_error(), cases[i].words) != NULL, __FILE__, __LINE__, "\"%s\", not \"%s\"", rig_error(), cases[i].words);
  }
}

TEST(moving_average_is_the_mean_of_its_window) {
  static float in[FRAMES * CHANNELS];
  fill_noise(in);
  rig *r = rig_open(&sb_stage_moving_average, rig_signal(RATE, CHANNELS), NULL);
  rig_run(r, in, FRAMES, 7);
  for (int f = 0; f < FRAMES; f++) CHECK_NEAR(r->out[f * CHANNELS + 2] / 3, golden_mean_of_25[f], 1e-5);
  CHECK_NEAR(((const sb_ext_latency *)sb_stage_moving_average.extension(SB_EXT_LATENCY))->seconds(r->self), 12.0 / RATE, 1e-12);
  rig_close(r);
  CHECK(rig_open(&sb_stage_moving_average, rig_signal(30000, 1024), (rig_set[]){{"window_s", .number = 3600}, {0}}) == NULL);
  CHECK(strstr(rig_error(), "is too long to keep; choose at most") != NULL);
}
