/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "check.h"
#include "golden_signal.h"
#include "isa.h"
#include "spectral_golden.h"
#include "stage_rig.h"

extern const sb_stage_class sb_stage_envelope;

enum { DELAY = 51 }; /* 103 taps */

TEST(envelope_agrees_with_the_analytic_signal_of_scipy) {
  float in[GOLDEN_FRAMES];
  for (int t = 0; t < GOLDEN_FRAMES; t++) {
    const double s = (double)t / GOLDEN_RATE;
    in[t] = (float)((2 + sin(2 * M_PI * 0.7 * s)) * cos(2 * M_PI * 10 * s + 0.3));
  }
  rig *r = rig_open(&sb_stage_envelope, rig_signal(GOLDEN_RATE, 1), (rig_set[]){{"low_hz", .number = 2.6}, {0}});
  const sb_ext_latency *latency = sb_stage_envelope.extension(SB_EXT_LATENCY);
  CHECK_NEAR(latency->seconds(r->self) * GOLDEN_RATE, DELAY, 1e-9);
  rig_run(r, in, GOLDEN_FRAMES, 32);
  for (int i = 0; i < 70; i++) CHECK_NEAR(r->out[300 + 10 * i + DELAY], envelope_want[i], 0.004 * envelope_want[i]);
  rig_close(r);
}

TEST(envelope_is_its_taps_applied_by_lfilter) {
  float in[GOLDEN_FRAMES * GOLDEN_CHANNELS];
  golden_signal(in, GOLDEN_CHANNELS);
  for (int level = SB_ISA_128; level <= SB_ISA_512; level++) {
    sb_isa_limit((sb_isa)level);
    rig *r = rig_open(&sb_stage_envelope, rig_signal(GOLDEN_RATE, GOLDEN_CHANNELS), (rig_set[]){{"low_hz", .number = 2.6}, {0}});
    rig_run(r, in, GOLDEN_FRAMES, 100);
    for (int i = 0; i < 100; i++) CHECK_NEAR(r->out[13 * i * GOLDEN_CHANNELS + 1], envelope_taps_want[i], 2e-6);
    rig_close(r);
  }
}

TEST(envelope_does_not_depend_on_the_block_length) {
  float in[GOLDEN_FRAMES * GOLDEN_CHANNELS];
  golden_signal(in, GOLDEN_CHANNELS);
  for (int level = SB_ISA_128; level <= SB_ISA_512; level++) {
    sb_isa_limit((sb_isa)level);
    rig_check_block_sizes(&sb_stage_envelope, rig_signal(GOLDEN_RATE, GOLDEN_CHANNELS), NULL, in, GOLDEN_FRAMES, 0);
  }
}

TEST(envelope_refuses_in_words) {
  CHECK(rig_open(&sb_stage_envelope, rig_signal(250, 1), (rig_set[]){{"low_hz", .number = 70}, {0}}) == NULL);
  CHECK(strstr(rig_error(), "low_hz: 70 Hz is not below a quarter of the rate (62.5 Hz)") != NULL);
  CHECK(rig_open(&sb_stage_envelope, rig_signal(30000, 1), (rig_set[]){{"low_hz", .number = 1}, {0}}) == NULL);
  CHECK(strstr(rig_error(), "choose a higher one") != NULL);
}
