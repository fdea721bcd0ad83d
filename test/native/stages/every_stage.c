/* SPDX-License-Identifier: Apache-2.0 */
#include "every_stage.h"

#include "check.h"

#define SB_STAGE(name) extern const sb_stage_class sb_stage_##name;
#include "stages.def"
#undef SB_STAGE

const sb_stage_class *const every_stage[] = {
#define SB_STAGE(name) &sb_stage_##name,
#include "stages.def"
    NULL,
};

enum { MAX_CHANNELS = 1024 };

/* For spatial filters: each channel minus a tenth of the first. */
static const double *mixture(uint32_t channels) {
  static double matrix[MAX_CHANNELS * MAX_CHANNELS];
  for (uint32_t o = 0; o < channels; o++)
    for (uint32_t i = 0; i < channels; i++) matrix[(size_t)o * channels + i] = (o == i) - 0.1 * (i == 0);
  return matrix;
}

int every_stage_required(const sb_stage_class *stage, uint32_t channels, rig_set *sets) {
  static const char *const pair[] = {"ch1-ch1"}, *const pairs[] = {"ch1-ch2", "ch3-ch1"}, *const names[] = {"ch1"};
  int count = 0;
  for (uint32_t i = 0; i < stage->param_count; i++) {
    const sb_param *param = &stage->params[i];
    if (!(param->flags & SB_PARAM_REQUIRED)) continue;
    rig_set *set = &sets[count++];
    *set = (rig_set){.id = param->id};
    if (param->kind == SB_PARAM_MATRIX) set->rows = set->columns = channels, set->numbers = mixture(channels);
    else if (strcmp(param->id, "pairs") == 0) set->rows = channels < 3 ? 1 : 2, set->texts = channels < 3 ? pair : pairs;
    else if (param->kind == SB_PARAM_NAMES) set->rows = 1, set->texts = names;
    else check_that(false, __FILE__, __LINE__, "%s: no value here for %s", stage->type, param->id);
  }
  sets[count] = (rig_set){0};
  return count;
}

rig *every_stage_open(const sb_stage_class *stage, sb_format in) {
  rig_set sets[EVERY_STAGE_MAX_SETS];
  every_stage_required(stage, in.channels, sets);
  return rig_open(stage, in, sets);
}
