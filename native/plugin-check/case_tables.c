/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of a component: forms, documentation, validation and messages are made from it.
 */
#include <math.h>
#include <stagebox_engine.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "trial.h"

static bool ends_with(const char *text, const char *end) {
  const size_t length = strlen(text), tail = strlen(end);
  return length >= tail && strcmp(text + length - tail, end) == 0;
}

static void check_unit(const sb_param *param) {
  static const struct {
    const char *end, *unit;
  } units[] = {{"_hz", "Hz"}, {"_s", "s"}, {"_ms", "ms"}, {"_uv", "uV"}, {"_db", "dB"}};
  const char *unit = param->unit ? param->unit : "";
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (ends_with(param->id, units[i].end) && !strstr(param->id, "_per_") && strcmp(unit, units[i].unit) != 0)
      trial_fail("%s: its name ends with %s, so its unit is \"%s\", not \"%s\"", param->id, units[i].end, units[i].unit,
                 unit);
}

static void check_choices(const sb_param *param) {
  for (uint32_t i = 0; param->choices && param->choices[i]; i++)
    for (uint32_t j = 0; j < i; j++)
      if (strcmp(param->choices[i], param->choices[j]) == 0)
        trial_fail("%s: two choices are called \"%s\"", param->id, param->choices[i]);
}

/* What the engine insists on was found when the library registered. */
void case_descriptor(const subject *s) {
  const component *of = s->of;
  if (of->stage && of->stage->flags & SB_STAGE_IN_PLACE && of->stage->output != of->stage->input)
    trial_fail("SB_STAGE_IN_PLACE needs an output of the input's kind");
  for (uint32_t i = 0; i < of->param_count; i++) {
    const sb_param *param = &of->params[i];
    if (!param->description || !*param->description)
      trial_fail("%s: has no description; forms and help show it", param->id);
    check_unit(param);
    check_choices(param);
  }
}

/* ---- what it takes ---- */

static void require_words(const char *what) {
  if (strlen(sb_last_error()) < 8) trial_fail("refuses %s without a word; say why through host->fail", what);
}

void case_formats(const subject *s) {
  static const double rates_hz[] = {125, 250, 1000, 16000};
  static const uint32_t channels[] = {1, 2, 8, 64}, frames[] = {1, 32, 512};
  uint32_t taken = 0, tried = 0;
  for (size_t r = 0; r < sizeof rates_hz / sizeof *rates_hz; r++)
    for (size_t c = 0; c < sizeof channels / sizeof *channels; c++)
      for (size_t f = 0; f < sizeof frames / sizeof *frames; f++) {
        const rig_shape shape = {rates_hz[r], channels[c], frames[f]};
        char what[80];
        snprintf(what, sizeof what, "%u channels at %g Hz in blocks of %u", shape.channels, shape.rate_hz,
                 shape.max_frames);
        if (s->of->source && (r || c)) continue;
        tried++;
        rig *open = rig_open(s->of, &shape, FENCE_BEHIND);
        if (!open) require_words(what);
        taken += open != NULL;
        rig_close(open);
      }
  if (taken == 0) trial_fail("refuses every format that was tried; the last time it said: %s", sb_last_error());
  if (taken < tried)
    trial_note("takes %u of %u formats; of the last that it refused it said: %s", taken, tried, sb_last_error());
}

enum { MOST_ENDS = 16 };

/* The ends of a parameter's range, and every choice; none of lists and texts. */
static uint32_t ends_of(const sb_param *param, double out[MOST_ENDS]) {
  uint32_t count = 0;
  if (!param_values_is_number(param)) return 0;
  if (param->kind == SB_PARAM_CHOICE) {
    while (param->choices[count] && count < MOST_ENDS) out[count] = count, count++;
    return count;
  }
  const bool boolean = param->kind == SB_PARAM_BOOLEAN, limits = param->minimum != 0 || param->maximum != 0;
  out[count++] = boolean ? 0 : limits ? param->minimum : -1e6;
  out[count++] = boolean ? 1 : limits ? param->maximum : 1e6;
  return count;
}

static void try_values(const subject *s, const rig_shape *shape, const rig_set *sets) {
  char what[200] = "";
  for (const rig_set *set = sets; set->index >= 0 && strlen(what) < 120; set++)
    snprintf(what + strlen(what), sizeof what - strlen(what), "%s%s %g", set == sets ? "" : ", ",
             s->of->params[set->index].id, set->number);
  rig *r = rig_open_with(s->of, shape, sets, FENCE_BEHIND);
  if (!r) return require_words(what);
  const test_signal signal = case_signal(s, shape);
  rig_run(r, &signal, 200, (rig_cut){.state = s->seed});
  char with[220];
  snprintf(with, sizeof with, "with %s", what);
  if (r->of->stage) case_require_finite(r, 0, with);
  rig_close(r);
}

void case_parameters(const subject *s) {
  const component *of = s->of;
  if (of->param_count == 0) trial_skip("it has no parameters");
  rig_shape shapes[2];
  const uint32_t count = case_shapes(s, shapes, 2), draws = s->quick ? 4 : 16;
  uint64_t state = s->seed;
  for (uint32_t k = 0; k < count; k++) {
    for (uint32_t i = 0; i < of->param_count; i++) {
      double ends[MOST_ENDS];
      for (uint32_t e = 0, most = ends_of(&of->params[i], ends); e < most; e++)
        try_values(s, &shapes[k], (rig_set[]){{(int)i, ends[e]}, {-1, 0}});
    }
    for (uint32_t d = 0; d < draws; d++) {
      rig_set sets[PARAM_VALUES_MOST + 1];
      uint32_t used = 0;
      for (uint32_t i = 0; i < of->param_count; i++)
        if (param_values_is_number(&of->params[i]))
          sets[used++] = (rig_set){(int)i, param_values_draw(&of->params[i], &state)};
      sets[used].index = -1;
      if (used) try_values(s, &shapes[k], sets);
    }
  }
}

void case_live_parameters(const subject *s) {
  const component *of = s->of;
  uint32_t live[PARAM_VALUES_MOST], live_count = 0;
  for (uint32_t i = 0; i < of->param_count; i++)
    if (of->params[i].flags & SB_PARAM_LIVE) live[live_count++] = i;
  if (live_count == 0) trial_skip("none of its parameters is live");
  rig_shape shapes[2];
  const uint32_t count = case_shapes(s, shapes, 2);
  uint64_t state = s->seed;
  for (uint32_t k = 0; k < count; k++) {
    const uint64_t frames = case_frames(s, &shapes[k]);
    const test_signal signal = case_signal(s, &shapes[k]);
    rig *r = rig_open(of, &shapes[k], FENCE_BEHIND);
    for (uint64_t done = 0; done < frames && !r->has_ended;) {
      const uint32_t param = live[draw_between(&state, 0, live_count - 1)], run = draw_between(&state, 1, 200);
      rig_change(r, param, param_values_draw(&of->params[param], &state));
      rig_run(r, &signal, run, (rig_cut){.state = draw(&state)});
      done += run;
    }
    if (of->stage) case_require_finite(r, 0, "when its live parameters change");
    rig_close(r);
  }
}
