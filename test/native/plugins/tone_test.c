/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "first_party.h"
#include "source_rig.h"

enum { FRAMES = 1000 };

static source_rig *read_tone(const rig_set *sets, uint32_t block_frames) {
  return source_rig_read(first_party_source("test_tone"), sets, FRAMES, block_frames);
}

TEST(test_tone_is_a_sine) {
  source_rig *r = read_tone((rig_set[]){{"rate_hz", .number = 1000}, {"channels", .number = 3}, {"frequency_hz", .number = 12.5}, {0}}, 32);
  CHECK_EQUAL(r->width, 3);
  CHECK(strcmp(r->format.channel_names[2], "ch3") == 0 && strcmp(r->format.unit, "uV") == 0);
  for (int i = 0; i < FRAMES; i++) CHECK_NEAR(r->out[3 * i + 2], 100 * sin(2 * M_PI * 12.5 * i / 1000), 1e-4);
  source_rig_close(r);
}

TEST(test_tone_sweeps_from_end_to_end_and_begins_again) {
  const rig_set sets[] = {{"rate_hz", .number = 1000}, {"frequency_hz", .number = 2}, {"end_hz", .number = 20}, {"sweep_s", .number = 0.5}, {0}};
  source_rig *r = read_tone(sets, 32);
  /* The phase is the sum of the frequencies of all frames before. */
  double turns = 0;
  for (int i = 0; i < FRAMES; i++) {
    CHECK_NEAR(r->out[i], 100 * sin(2 * M_PI * turns), 2e-3);
    turns += (2 + 18 * (i % 500) / 500.0) / 1000;
  }
  source_rig_close(r);
}

TEST(test_tone_does_not_depend_on_the_block_length) {
  const rig_set sets[] = {{"sweep_s", .number = 1}, {0}};
  source_rig *whole = read_tone(sets, FRAMES);
  static const uint32_t sizes[] = {1, 7, 32};
  for (int k = 0; k < 3; k++) {
    source_rig *pieces = read_tone(sets, sizes[k]);
    for (int i = 0; i < FRAMES; i++) CHECK(whole->out[i] == pieces->out[i]);
    source_rig_close(pieces);
  }
  source_rig_close(whole);
}

TEST(test_tone_refuses_frequencies_above_half_the_rate) {
  CHECK(read_tone((rig_set[]){{"frequency_hz", .number = 126}, {0}}, 32) == NULL);
  CHECK(strcmp(rig_error(), "frequency_hz: 126 Hz is above half the rate (125 Hz); choose at most that") == 0);
  CHECK(read_tone((rig_set[]){{"end_hz", .number = 200}, {"sweep_s", .number = 1}, {0}}, 32) == NULL);
  CHECK(strncmp(rig_error(), "end_hz: 200 Hz", 14) == 0);
}
