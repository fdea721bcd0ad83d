/* SPDX-License-Identifier: Apache-2.0
 *
 * Every stage at the ends of its table: it runs, or it refuses in words that name the parameter, the problem and the remedy;
 * it takes neither gigabytes nor seconds.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "allocations.h"
#include "check.h"
#include "every_stage.h"
#include "noise.h"

enum { FRAMES = 200, MOST_VALUES = 8 };
static const size_t MOST_BYTES = 640u << 20;
static const double MOST_SECONDS = 60; /* of CPU time, on a machine that is emulated too */

#define MEETS(condition, ...) check_that((condition), __FILE__, __LINE__, __VA_ARGS__)

/* The ends of a parameter's range, and every choice; none of lists and texts. */
static int ends_of(const sb_param *param, double out[MOST_VALUES]) {
  int count = 0;
  if (param->kind == SB_PARAM_CHOICE) {
    while (param->choices[count] && count < MOST_VALUES) out[count] = count, count++;
  } else if (param->kind <= SB_PARAM_BOOLEAN) {
    out[count++] = param->kind == SB_PARAM_BOOLEAN ? 0 : param->minimum;
    out[count++] = param->kind == SB_PARAM_BOOLEAN ? 1 : param->maximum;
  }
  return count;
}

/* "low_hz: 60 Hz is ...; choose ...": the words begin with a parameter, or more than one, or with the input. */
static bool names_a_parameter(const sb_stage_class *stage, const char *words) {
  const char *colon = strchr(words, ':');
  if (!colon || !strchr(colon, ';')) return false;
  if (strncmp(words, "input:", 6) == 0) return true;
  for (uint32_t i = 0; i < stage->param_count; i++)
    if (strncmp(words, stage->params[i].id, strlen(stage->params[i].id)) == 0) return true;
  return false;
}

static void try(const sb_stage_class *stage, sb_format in, const rig_set *sets) {
  char what[160] = "";
  for (const rig_set *set = sets; set->id; set++)
    snprintf(what + strlen(what), sizeof what - strlen(what), "%s %s %g", set == sets ? "" : ",", set->id, set->number);
  const clock_t began = clock();
  allocations_begin();
  rig *r = rig_open(stage, in, sets);
  const size_t bytes = allocations_end().bytes;
  MEETS(bytes <= MOST_BYTES, "%s%s takes %zu MB for %u channels", stage->type, what, bytes >> 20, in.channels);
  MEETS(r || names_a_parameter(stage, rig_error()), "%s%s: \"%s\"", stage->type, what, rig_error());
  if (r) {
    float *x = malloc((size_t)FRAMES * in.channels * sizeof *x);
    noise_fill(x, (size_t)FRAMES * in.channels, 3);
    rig_run(r, x, FRAMES, FRAMES);
    for (size_t i = 0; i < r->out_frames * r->width; i++)
      if (!MEETS(isfinite(r->out[i]), "%s%s: %g in frame %zu", stage->type, what, (double)r->out[i], i / r->width)) break;
    free(x);
  }
  rig_close(r);
  const double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
  MEETS(seconds <= MOST_SECONDS, "%s%s takes %.1f s for %u channels", stage->type, what, seconds, in.channels);
}

static void try_pair(const sb_stage_class *stage, sb_format in, const sb_param *one, const sb_param *other) {
  rig_set sets[EVERY_STAGE_MAX_SETS + 2];
  double these[MOST_VALUES], those[MOST_VALUES];
  const int count = ends_of(one, these), other_count = ends_of(other, those);
  const int required = every_stage_required(stage, in.channels, sets);
  for (int i = 0; i < count; i++)
    for (int j = 0; j < other_count; j++) {
      sets[required] = (rig_set){.id = one->id, .number = these[i]};
      sets[required + 1] = (rig_set){.id = other->id, .number = those[one == other ? i : j]};
      sets[required + 2] = (rig_set){0};
      if (one != other || j == 0) try(stage, in, sets);
    }
}

static void try_pairs(sb_format in) {
  for (const sb_stage_class *const *stage = every_stage; *stage; stage++)
    for (uint32_t i = 0; i < (*stage)->param_count; i++)
      for (uint32_t j = i; j < (*stage)->param_count; j++) try_pair(*stage, in, &(*stage)->params[i], &(*stage)->params[j]);
}

TEST(every_stage_runs_or_refuses_at_the_ends_of_its_table) { try_pairs(rig_signal(250, 8)); }

TEST(every_stage_runs_or_refuses_where_the_rate_is_low) { try_pairs(rig_signal(1, 3)); }

static void try_ends(sb_format in) {
  for (const sb_stage_class *const *stage = every_stage; *stage; stage++)
    for (uint32_t i = 0; i < (*stage)->param_count; i++) try_pair(*stage, in, &(*stage)->params[i], &(*stage)->params[i]);
}

TEST(every_stage_runs_or_refuses_where_the_rate_is_high) { try_ends(rig_signal(48000, 2)); }

TEST(every_stage_runs_or_refuses_on_many_channels) { try_ends(rig_signal(1000, 1024)); }

TEST(every_live_parameter_can_jump_to_the_ends_of_its_table) {
  enum { CHANNELS = 3 };
  float x[FRAMES * CHANNELS];
  noise_fill(x, FRAMES * CHANNELS, 3);
  for (const sb_stage_class *const *stage = every_stage; *stage; stage++)
    for (uint32_t i = 0; i < (*stage)->param_count; i++) {
      const sb_param *param = &(*stage)->params[i];
      double ends[MOST_VALUES];
      if (!(param->flags & SB_PARAM_LIVE)) continue;
      rig *r = every_stage_open(*stage, rig_signal(250, CHANNELS));
      for (int end = 0, count = ends_of(param, ends); end < count; end++) {
        rig_run(r, x, FRAMES, 32);
        allocations_begin();
        rig_change(r, param->id, ends[end]);
        MEETS(allocations_end().calls == 0, "%s: setting %s takes memory", (*stage)->type, param->id);
      }
      rig_run(r, x, FRAMES, 32);
      for (size_t k = 0; k < r->out_frames * r->width; k++)
        if (!MEETS(isfinite(r->out[k]), "%s after a jump of %s: %g", (*stage)->type, param->id, (double)r->out[k])) break;
      rig_close(r);
    }
}

TEST(every_stage_takes_or_refuses_an_input_without_a_rate) {
  float x[2 * FRAMES];
  noise_fill(x, 2 * FRAMES, 3);
  for (const sb_stage_class *const *stage = every_stage; *stage; stage++) {
    rig *r = every_stage_open(*stage, rig_signal(0, 2));
    MEETS(r || names_a_parameter(*stage, rig_error()), "%s: \"%s\"", (*stage)->type, rig_error());
    rig_close(r);
  }
}
