/* SPDX-License-Identifier: Apache-2.0 */
#include "every_stage.h"

#include "check.h"
#include "plugins/first_party.h"

#define SB_STAGE(name) extern const sb_stage_class sb_stage_##name;
#include "stages.def"
#undef SB_STAGE

enum {
#define SB_STAGE(name) BUILT_IN_##name,
#include "stages.def"
#undef SB_STAGE
  BUILT_IN,
};
const uint32_t every_stage_built_in = BUILT_IN;

const sb_stage_class *every_stage[BUILT_IN + FIRST_PARTY_MAX + 1] = {
#define SB_STAGE(name) &sb_stage_##name,
#include "stages.def"
};

/* Sinks put nothing out that could be compared. */
__attribute__((constructor)) static void add_first_party(void) {
  const sb_stage_class **to = every_stage + BUILT_IN;
  for (const sb_stage_class *const *from = first_party_stages(); *from; from++)
    if ((*from)->output != SB_PORT_NONE) *to++ = *from;
}

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
