/* SPDX-License-Identifier: Apache-2.0
 *
 * lowpass, highpass, bandpass, bandstop, notch and dc_removal.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "iir_scipy.h"
#include "levels.h"
#include "stage_rig.h"

extern const sb_stage_class sb_stage_lowpass, sb_stage_highpass, sb_stage_bandpass, sb_stage_bandstop, sb_stage_notch, sb_stage_dc_removal;

static const sb_stage_class *const stages[] = {&sb_stage_lowpass, &sb_stage_highpass, &sb_stage_bandpass, &sb_stage_bandstop};

enum { CHANNELS = 3, FRAMES = GOLDEN_NOISE };

static void fill_noise(float *rows) {
  for (int f = 0; f < FRAMES; f++)
    for (int c = 0; c < CHANNELS; c++) rows[f * CHANNELS + c] = (float)golden_noise[f] * (float)(c + 1);
}

static rig *open_golden(const golden_iir *g) {
  const bool band = g->kind >= 2;
  return rig_open(stages[g->kind], rig_signal(golden_rate_hz, CHANNELS),
                  (rig_set[]){{band ? "low_hz" : "freq_hz", .number = g->low_hz}, {"order", .number = g->order}, {"family", .number = g->family},
                              {"ripple_db", .number = g->ripple_db}, {band ? "high_hz" : NULL, .number = g->high_hz}, {0}});
}

static void check_against_sosfilt(void) {
  static float in[FRAMES * CHANNELS];
  fill_noise(in);
  for (size_t i = 0; i < sizeof golden_iirs / sizeof *golden_iirs; i++) {
    rig *r = open_golden(&golden_iirs[i]);
    if (!check_that(r != NULL, __FILE__, __LINE__, "%s", rig_error())) continue;
    rig_run(r, in, FRAMES, 32);
    for (int k = 0; k < FRAMES / 10; k++)
      for (int c = 0; c < CHANNELS; c++) CHECK_NEAR(r->out[(10 * k + 9) * CHANNELS + c] / (c + 1), golden_iirs[i].output[k], 2e-5);
    rig_close(r);
  }
}

TEST(iir_stages_give_what_sosfilt_gives) { at_every_level(check_against_sosfilt); }

static void check_blocks(void) {
  static float in[FRAMES * CHANNELS];
  fill_noise(in);
  for (int i = 0; i < 4; i++) rig_check_block_sizes(stages[i], rig_signal(250, CHANNELS), NULL, in, FRAMES, 0);
  rig_check_block_sizes(&sb_stage_notch, rig_signal(250, CHANNELS), (rig_set[]){{"harmonics", .number = 2}, {0}}, in, FRAMES, 0);
  rig_check_block_sizes(&sb_stage_dc_removal, rig_signal(250, CHANNELS), NULL, in, FRAMES, 0);
}

TEST(iir_stages_do_not_depend_on_the_block_length) { at_every_level(check_blocks); }

/* Amplitude of a sine behind a stage, once the transient has gone. */
static double amplitude_behind(const sb_stage_class *stage, const rig_set *sets, double freq_hz) {
  enum { COUNT = 5000, RATE = 500 };
  static float in[COUNT];
  for (int f = 0; f < COUNT; f++) in[f] = (float)sin(2 * M_PI * freq_hz * f / RATE);
  rig *r = rig_open(stage, rig_signal(RATE, 1), sets);
  rig_run(r, in, COUNT, 50);
  double power = 0;
  for (int f = COUNT - 1000; f < COUNT; f++) power += r->out[f] * r->out[f];
  rig_close(r);
  return sqrt(2 * power / 1000);
}

TEST(notch_removes_its_frequency_and_its_harmonics_only) {
  const rig_set two[] = {{"harmonics", .number = 2}, {0}};
  CHECK(amplitude_behind(&sb_stage_notch, NULL, 50) < 1e-4);
  CHECK_NEAR(amplitude_behind(&sb_stage_notch, NULL, 100), 1, 1e-3);
  CHECK(amplitude_behind(&sb_stage_notch, two, 50) < 1e-4);
  CHECK(amplitude_behind(&sb_stage_notch, two, 100) < 1e-4);
  CHECK_NEAR(amplitude_behind(&sb_stage_notch, two, 75), 1, 1e-2);
  CHECK_NEAR(amplitude_behind(&sb_stage_notch, (rig_set[]){{"freq_hz", .number = 125}, {0}}, 50), 1, 1e-3); /* b1 = a1 = 0 */
  CHECK(amplitude_behind(&sb_stage_notch, (rig_set[]){{"freq_hz", .number = 125}, {0}}, 125) < 1e-4);
}

TEST(dc_removal_starts_settled) {
  float in[500 * 2];
  for (int f = 0; f < 500; f++) in[2 * f] = 1e5f, in[2 * f + 1] = -3e4f + (f >= 250 ? 100.f : 0.f);
  rig *r = rig_open(&sb_stage_dc_removal, rig_signal(250, 2), NULL);
  rig_run(r, in, 500, 32);
  for (int f = 0; f < 500; f++) CHECK_NEAR(r->out[2 * f], 0, 1e-3);
  CHECK_NEAR(r->out[2 * 250 + 1], 100, 1);
  CHECK_NEAR(r->out[2 * 499 + 1], 100 * exp(-2 * M_PI * 0.5), 0.5); /* a second after the step */
  rig_close(r);
}

static void check_refused(const sb_stage_class *stage, double rate_hz, const rig_set *sets, const char *words) {
  rig *r = rig_open(stage, rig_signal(rate_hz, 2), sets);
  check_that(r == NULL, __FILE__, __LINE__, "%s is not refused: %s", stage->type, words);
  check_that(strstr(rig_error(), words) != NULL, __FILE__, __LINE__, "%s says \"%s\", not \"%s\"", stage->type, rig_error(), words);
  rig_close(r);
}

TEST(iir_stages_refuse_rates_that_do_not_fit) {
  check_refused(&sb_stage_lowpass, 80, NULL, "freq_hz: 40 Hz is not below half the rate (40 Hz); choose less than 40");
  check_refused(&sb_stage_highpass, 1, NULL, "freq_hz: 1 Hz is not below half the rate (0.5 Hz)");
  check_refused(&sb_stage_bandpass, 64, NULL, "high_hz: 40 Hz is not below half the rate (32 Hz)");
  check_refused(&sb_stage_bandpass, 250, (rig_set[]){{"low_hz", .number = 50}, {0}}, "low_hz: 50 Hz is not below high_hz (40 Hz)");
  check_refused(&sb_stage_bandstop, 0, NULL, "input: its rate is irregular");
  check_refused(&sb_stage_highpass, 1e6, (rig_set[]){{"freq_hz", .number = 0.001}, {"order", .number = 16}, {0}}, "is not stable");
  check_refused(&sb_stage_notch, 250, (rig_set[]){{"harmonics", .number = 3}, {0}}, "3 x 50 Hz is not below half the rate (125 Hz); choose at most 2");
  check_refused(&sb_stage_notch, 100, NULL, "freq_hz: 50 Hz is not below half the rate (50 Hz)");
  check_refused(&sb_stage_dc_removal, 1, NULL, "cutoff_hz: 0.5 Hz is not below half the rate (0.5 Hz)");
}

TEST(iir_stages_change_an_edge_and_keep_their_state) {
  static float in[FRAMES * CHANNELS];
  fill_noise(in);
  for (int i = 0; i < FRAMES * CHANNELS; i++) in[i] += 1e5f; /* an offset: any jump of the state would show */
  rig *r = rig_open(&sb_stage_highpass, rig_signal(250, CHANNELS), NULL);
  for (int k = 0; k < 20; k++) rig_run(r, in, FRAMES, 32);
  rig_change(r, "freq_hz", 1.5);
  rig_run(r, in, FRAMES, 32);
  for (size_t i = (r->out_frames - FRAMES) * CHANNELS; i < r->out_frames * CHANNELS; i++) CHECK(fabsf(r->out[i]) < 1000);

  rig_change(r, "freq_hz", 200); /* not below half the rate: the filter stays as it was */
  rig_run(r, in, FRAMES, 32);
  CHECK(fabsf(r->out[r->out_frames * CHANNELS - 1]) < 1000);
  rig_close(r);
}

TEST(iir_stage_with_a_changed_edge_ends_where_a_new_one_does) {
  enum { COUNT = 2000 };
  static float in[COUNT];
  for (int f = 0; f < COUNT; f++) in[f] = (float)sin(0.3 * f) + (float)sin(1.1 * f);
  rig *changed = rig_open(&sb_stage_bandpass, rig_signal(250, 1), NULL);
  rig *fresh = rig_open(&sb_stage_bandpass, rig_signal(250, 1), (rig_set[]){{"low_hz", .number = 8}, {"high_hz", .number = 13}, {0}});
  rig_run(changed, in, 500, 50), rig_run(fresh, in, 500, 50);
  rig_change(changed, "high_hz", 0.5); /* below low_hz for a moment */
  rig_change(changed, "low_hz", 8);
  rig_change(changed, "high_hz", 13);
  rig_run(changed, in + 500, 1500, 50), rig_run(fresh, in + 500, 1500, 50);
  for (int f = 1900; f < COUNT; f++) CHECK_NEAR(changed->out[f], fresh->out[f], 1e-5);
  rig_close(changed), rig_close(fresh);
}

TEST(lowpass_far_below_the_rate_keeps_its_small_state) {
  static float in[3000];
  for (int f = 0; f < 3000; f++) in[f] = 1;
  rig *r = rig_open(&sb_stage_lowpass, rig_signal(30000, 1), (rig_set[]){{"freq_hz", .number = 1}, {"order", .number = 16}, {0}});
  for (int k = 0; k < 60; k++) rig_run(r, in, 3000, 32); /* six seconds; the product of all b0 is 1e-64 */
  CHECK_NEAR(r->out[r->out_frames - 1], 0.98970712, 1e-6); /* scipy: sosfilt(butter(16, 1, fs=30000), ones(180000))[-1] */
  rig_close(r);
}

TEST(iir_stage_state_goes_on_in_another_instance) {
  static float in[FRAMES * CHANNELS];
  fill_noise(in);
  const sb_ext_state *state = sb_stage_bandpass.extension(SB_EXT_STATE);
  rig *a = rig_open(&sb_stage_bandpass, rig_signal(250, CHANNELS), NULL), *b = rig_open(&sb_stage_bandpass, rig_signal(250, CHANNELS), NULL);
  rig *other = rig_open(&sb_stage_bandpass, rig_signal(250, CHANNELS), (rig_set[]){{"order", .number = 2}, {0}});
  rig *wider = rig_open(&sb_stage_bandpass, rig_signal(250, 9), NULL);
  rig_run(a, in, 100, 32);
  const uint32_t count = state->bytes(a->self);
  char *bytes = malloc(count + 1);
  state->save(a->self, bytes + 1); /* at any address */
  CHECK_EQUAL(state->load(b->self, bytes + 1, count), SB_OK);
  CHECK_EQUAL(state->load(b->self, bytes + 1, count - 1), SB_INVALID);
  CHECK_EQUAL(state->load(b->self, bytes + 1, 0), SB_INVALID);
  CHECK_EQUAL(state->load(other->self, bytes + 1, count), SB_INVALID);
  CHECK_EQUAL(state->load(wider->self, bytes + 1, count), SB_INVALID);
  rig_run(a, in + 100 * CHANNELS, 100, 32), rig_run(b, in + 100 * CHANNELS, 100, 32);
  for (int i = 0; i < 100 * CHANNELS; i++) CHECK_NEAR(b->out[i], a->out[100 * CHANNELS + i], 2e-5);

  memset(bytes + 1 + 8, 0xff, count - 8); /* a hostile state: NaN */
  CHECK_EQUAL(state->load(b->self, bytes + 1, count), SB_OK);
  rig_run(b, in, 100, 32);
  CHECK(isfinite(b->out[b->out_frames * CHANNELS - 1]));
  free(bytes);
  rig_close(a), rig_close(b), rig_close(other), rig_close(wider);
}
