/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "stage_rig.h"

extern const sb_stage_class sb_stage_gain;

TEST(gain_scales_by_decibels_and_changes_while_it_runs) {
  const float input[6] = {1, -2, 3, 1, 1, 1};
  rig *r = rig_open(&sb_stage_gain, rig_signal(250, 3), (rig_set[]){{"gain_db", .number = 20}, {0}});
  rig_run(r, input, 1, 1);
  rig_change(r, "gain_db", -20);
  rig_run(r, input + 3, 1, 1);
  CHECK_NEAR(r->out[1], -20, 1e-6);
  CHECK_NEAR(r->out[5], 0.1, 1e-8);
  rig_close(r);
}

TEST(gain_does_not_depend_on_the_block_length) {
  float input[300];
  for (int i = 0; i < 300; i++) input[i] = (float)((i * 7919) % 101 - 50);
  rig_check_block_sizes(&sb_stage_gain, rig_signal(250, 3), (rig_set[]){{"gain_db", .number = 6}, {0}}, input, 100, 0);
}
