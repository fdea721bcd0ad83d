/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "first_party.h"
#include "stage_rig.h"

enum { FRAMES = 400, RAMP = 100, CHANNELS = 3 };

static float ones[FRAMES * CHANNELS];

/* At 1000 Hz a ramp of 100 ms is 100 frames. */
static rig *open(double gain_db) {
  for (int i = 0; i < FRAMES * CHANNELS; i++) ones[i] = 1;
  return rig_open(first_party_stage("smooth_gain"), rig_signal(1000, CHANNELS),
                  (rig_set[]){{"gain_db", .number = gain_db}, {"ramp_ms", .number = RAMP}, {0}});
}

static double row(const rig *r, int frame) { return r->out[frame * CHANNELS]; }

TEST(smooth_gain_begins_at_its_gain) {
  rig *r = open(20);
  rig_run(r, ones, 10, 4);
  for (int i = 0; i < 10 * CHANNELS; i++) CHECK_NEAR(r->out[i], 10, 1e-6);
  rig_close(r);
}

TEST(smooth_gain_goes_in_a_straight_line_and_stays) {
  rig *r = open(0);
  rig_run(r, ones, 50, 32);
  rig_change(r, "gain_db", 20);
  rig_run(r, ones, 200, 32);
  CHECK_NEAR(row(r, 49), 1, 0);
  for (int i = 0; i < RAMP; i++) CHECK_NEAR(row(r, 50 + i), 1 + 9.0 * (i + 1) / RAMP, 1e-5);
  for (int i = 50 + RAMP; i < 250; i++) CHECK_NEAR(row(r, i), 10, 1e-6);
  rig_close(r);
}

TEST(smooth_gain_turned_in_the_middle_of_a_ramp_leaves_no_click) {
  rig *r = open(0);
  rig_change(r, "gain_db", 20);
  rig_run(r, ones, 37, 16);
  rig_change(r, "gain_db", -20);
  rig_run(r, ones, 200, 16);
  double steepest = 0;
  for (int i = 1; i < 237; i++) {
    const double step = fabs(row(r, i) - row(r, i - 1));
    if (!(step <= steepest)) steepest = step;
  }
  CHECK_NEAR(steepest, 9.0 / RAMP, 1e-5);
  CHECK_NEAR(row(r, 236), 0.1, 1e-7);
  rig_close(r);
}

TEST(smooth_gain_without_a_ramp_jumps) {
  rig *r = open(0);
  rig_change(r, "ramp_ms", 0);
  rig_change(r, "gain_db", 20);
  rig_run(r, ones, 1, 1);
  CHECK_NEAR(row(r, 0), 10, 1e-6);
  rig_close(r);
}

TEST(smooth_gain_ramps_do_not_depend_on_the_block_length) {
  rig *pieces = open(0), *whole = open(0);
  rig_change(pieces, "gain_db", -40), rig_change(whole, "gain_db", -40);
  rig_run(pieces, ones, 150, 7), rig_run(whole, ones, 150, 150);
  for (int i = 0; i < 150 * CHANNELS; i++) CHECK(pieces->out[i] == whole->out[i]);
  rig_close(pieces), rig_close(whole);
}

TEST(smooth_gain_hands_over_in_the_middle_of_a_ramp) {
  rig *whole = open(0), *from = open(0), *to = open(20);
  rig_change(whole, "gain_db", 20), rig_change(from, "gain_db", 20);
  rig_run(whole, ones, 150, 10), rig_run(from, ones, 40, 10);
  const sb_ext_state *state = from->stage->extension(SB_EXT_STATE);
  char bytes[64];
  CHECK(state->bytes(from->self) <= sizeof bytes);
  state->save(from->self, bytes);
  CHECK_EQUAL(state->load(to->self, bytes, state->bytes(from->self)), SB_OK);
  rig_run(to, ones, 110, 10);
  for (int i = 0; i < 110; i++) CHECK_NEAR(row(to, i), row(whole, 40 + i), 1e-5);
  const float bad = NAN;
  memcpy(bytes, &bad, sizeof bad);
  CHECK_EQUAL(state->load(to->self, bytes, state->bytes(from->self)), SB_INVALID);
  rig_close(whole), rig_close(from), rig_close(to);
}
