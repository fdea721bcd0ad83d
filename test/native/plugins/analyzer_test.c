/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "first_party.h"
#include "golden_signal.h"
#include "plugins_golden.h"
#include "stage_rig.h"

enum { FEATURES = 9, ROW = FEATURES * GOLDEN_CHANNELS, KURTOSIS = 4 };

static rig *open(double rate_hz, double window_s, double overlap) {
  return rig_open(first_party_stage("signal_features"), rig_signal(rate_hz, GOLDEN_CHANNELS),
                  (rig_set[]){{"window_s", .number = window_s}, {"overlap", .number = overlap}, {0}});
}

TEST(signal_features_agree_with_scipy) {
  static float in[GOLDEN_FRAMES * GOLDEN_CHANNELS];
  golden_signal(in, GOLDEN_CHANNELS);
  rig *r = open(GOLDEN_RATE, 1.5, 0.75); /* 240 frames: zeros behind them up to 256 */
  CHECK(strcmp(r->format.value_names[KURTOSIS], "kurtosis") == 0);
  rig_run(r, in, GOLDEN_FRAMES, 50);
  CHECK_EQUAL(r->out_frames, sizeof analyzer_want / sizeof *analyzer_want / ROW);
  for (size_t i = 0; i < r->out_frames * ROW; i++)
    check_that(fabs(r->out[i] - analyzer_want[i]) <= 2e-5 * fabs(analyzer_want[i]) + 1e-5, __FILE__, __LINE__, "window %zu, %s of channel %zu: %.9g, not %.9g",
               i / ROW, r->format.value_names[i % ROW / GOLDEN_CHANNELS], i % GOLDEN_CHANNELS, r->out[i], analyzer_want[i]);
  rig_close(r);
}

TEST(signal_features_of_silence_are_zero) {
  float in[100 * GOLDEN_CHANNELS] = {0};
  for (int i = 0; i < 100; i++) in[i * GOLDEN_CHANNELS + 1] = 7; /* and an offset has no frequency */
  rig *r = open(100, 1, 0);
  rig_run(r, in, 100, 32);
  CHECK_EQUAL(r->out_frames, 1);
  for (int v = 0; v < FEATURES; v++) CHECK_EQUAL(r->out[v * GOLDEN_CHANNELS], 0);
  for (int v = 0; v < FEATURES; v++) CHECK_EQUAL(r->out[v * GOLDEN_CHANNELS + 1], v == 0 ? 7 : 0);
  rig_close(r);
}

TEST(signal_features_say_what_does_not_fit) {
  CHECK(open(100, 0.02, 0) == NULL);
  CHECK(strcmp(rig_error(), "window_s: 0.02 s are 2 frames, fewer than 4; choose at least 0.04 s") == 0);
  CHECK(open(100000, 600, 0) == NULL);
  CHECK(strcmp(rig_error(), "window_s: 600 s are 6e+07 frames, more than 262144; choose at most 2 s") == 0);
}
