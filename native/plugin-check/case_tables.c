/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of a component: forms, documentation, validation and messages are made from it.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "trial.h"

static bool ends_with(const char *text, const char *end) {
  const size_t length = strlen(text), tail = strlen(end);
  return length >= tail && strcmp(text + length - tail, end) == 0;
}

static bool is_snake_case(const char *text) {
  for (const char *at = text; *at; at++)
    if (!islower((unsigned char)*at) && !isdigit((unsigned char)*at) && *at != '_') return false;
  return islower((unsigned char)*text) != 0 && strlen(text) <= 64;
}

static bool has_words(const char *text) { return text && *text; }

static void check_unit(const sb_param *param) {
  static const struct {
    const char *end, *unit;
  } units[] = {{"_hz", "Hz"}, {"_s", "s"}, {"_ms", "ms"}, {"_uv", "uV"}, {"_db", "dB"}};
  const char *unit = param->unit ? param->unit : "";
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (ends_with(param->id, units[i].end) && !strstr(param->id, "_per_") && strcmp(unit, units[i].unit) != 0)
      trial_fail("%s: its name ends with %s, so its unit is \"%s\", not \"%s\"", param->id, units[i].end, units[i].unit, unit);
}

static bool within(const sb_param *param, double number) {
  return (param->minimum == 0 && param->maximum == 0) || (number >= param->minimum && number <= param->maximum);
}

static void check_default(const sb_param *param) {
  param_default read;
  if (!param_default_read(param, &read)) trial_fail("%s: its default \"%s\" is not a value of its kind", param->id, param->fallback);
  const sb_value *value = &read.value;
  if ((param->kind == SB_PARAM_NUMBER || param->kind == SB_PARAM_INTEGER) && !within(param, value->number))
    trial_fail("%s: its default %g is not within %g..%g", param->id, value->number, param->minimum, param->maximum);
  const uint32_t numbers = param->kind == SB_PARAM_NUMBERS ? value->rows : param->kind == SB_PARAM_BANDS ? 2 * value->rows : 0;
  for (uint32_t i = 0; i < numbers; i++)
    if (!within(param, value->numbers[i]))
      trial_fail("%s: %g of its default is not within %g..%g", param->id, value->numbers[i], param->minimum, param->maximum);
}

static void check_choices(const sb_param *param) {
  if ((param->kind == SB_PARAM_CHOICE) != (param->choices != NULL))
    trial_fail("%s: choices are for the kind choice, which has them", param->id);
  for (uint32_t i = 0; param->choices && (i == 0 || param->choices[i]); i++) {
    if (!has_words(param->choices[i])) trial_fail("%s: a choice without a name", param->id);
    for (uint32_t j = 0; j < i; j++)
      if (strcmp(param->choices[i], param->choices[j]) == 0) trial_fail("%s: two choices are called \"%s\"", param->id, param->choices[i]);
  }
}

static void check_param(const component *of, uint32_t index) {
  const sb_param *param = &of->params[index];
  const bool required = param->flags & SB_PARAM_REQUIRED, live = param->flags & SB_PARAM_LIVE;
  if (!param->id || !is_snake_case(param->id))
    trial_fail("parameter %u: \"%s\" is no id; write it in snake_case, at most 64 letters", index, param->id ? param->id : "");
  for (uint32_t j = 0; j < index; j++)
    if (strcmp(of->params[j].id, param->id) == 0) trial_fail("%s: two parameters have this id", param->id);
  if (param->kind > SB_PARAM_MATRIX) trial_fail("%s: there is no kind %u", param->id, param->kind);
  if (!has_words(param->description)) trial_fail("%s: has no description", param->id);
  if (!isfinite(param->minimum) || !isfinite(param->maximum) || param->minimum > param->maximum)
    trial_fail("%s: its limits are %g..%g", param->id, param->minimum, param->maximum);
  check_choices(param);
  if ((param->fallback == NULL) != required)
    trial_fail("%s: it is %s; a parameter has either a default or SB_PARAM_REQUIRED", param->id,
               required ? "required and has a default" : "without a default and not required");
  if (live && (!of->set || !values_is_number(param)))
    trial_fail("%s: it cannot be SB_PARAM_LIVE %s", param->id, of->set ? "as it is not one number" : "without a function set");
  check_unit(param);
  if (param->fallback) check_default(param);
}

static void check_ports(const sb_stage_class *stage) {
  if (stage->input < SB_PORT_SIGNAL || stage->input > SB_PORT_FEATURES) trial_fail("there is no input port %u", stage->input);
  if (stage->output > SB_PORT_FEATURES) trial_fail("there is no output port %u", stage->output);
  if (stage->flags & SB_STAGE_IN_PLACE && stage->output != stage->input)
    trial_fail("SB_STAGE_IN_PLACE needs an output of the input's kind");
}

void case_descriptor(const subject *s) {
  const component *of = s->of;
  const sb_stage_class *stage = of->stage;
  const uint32_t size = stage ? stage->size : of->source->size, wanted = stage ? sizeof *stage : sizeof *of->source;
  const char *name = stage ? stage->name : of->source->name, *description = stage ? stage->description : of->source->description;
  const bool complete = of->create && of->deactivate && of->destroy && (stage ? stage->activate && stage->process : of->source->activate && of->source->read);
  if (size < wanted) trial_fail("its size is %u, not %u: set .size to sizeof", size, wanted);
  if (!is_snake_case(of->type)) trial_fail("its type \"%s\" is not in snake_case", of->type);
  if (!has_words(name)) trial_fail("it has no name");
  if (!has_words(description)) trial_fail("it has no description");
  if (!complete) trial_fail("a function is missing: create, activate, %s, deactivate, destroy must be there", stage ? "process" : "read");
  if (stage && !has_words(stage->category)) trial_fail("it has no category");
  if (stage) check_ports(stage);
  if (of->param_count > VALUES_MOST) trial_fail("it has %u parameters; at most %d are possible", of->param_count, VALUES_MOST);
  if (of->param_count && !of->params) trial_fail("it has %u parameters and no table", of->param_count);
  for (uint32_t i = 0; i < s->count; i++)
    if (&s->all[i] != of && !s->all[i].source == !of->source && strcmp(s->all[i].type, of->type) == 0)
      trial_fail("its type \"%s\" is registered twice", of->type);
  for (uint32_t i = 0; i < of->param_count; i++) check_param(of, i);
}

/* ---- what it takes ---- */

static void require_words(const char *what) {
  if (strlen(component_error()) < 8) trial_fail("refuses %s without a word; say why through host->fail", what);
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
        snprintf(what, sizeof what, "%u channels at %g Hz in blocks of %u", shape.channels, shape.rate_hz, shape.max_frames);
        if (s->of->source && (r || c)) continue;
        tried++;
        rig *open = rig_open(s->of, &shape, FAULT_BEHIND);
        if (!open) require_words(what);
        taken += open != NULL;
        rig_close(open);
      }
  if (taken == 0) trial_fail("refuses every format that was tried; the last time it said: %s", component_error());
  if (taken < tried) trial_note("takes %u of %u formats; of the last that it refused it said: %s", taken, tried, component_error());
}

enum { MOST_ENDS = 16 };

/* The ends of a parameter's range, and every choice; none of lists and texts. */
static uint32_t ends_of(const sb_param *param, double out[MOST_ENDS]) {
  uint32_t count = 0;
  if (!values_is_number(param)) return 0;
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
    snprintf(what + strlen(what), sizeof what - strlen(what), "%s%s %g", set == sets ? "" : ", ", s->of->params[set->index].id, set->number);
  rig *r = rig_open_with(s->of, shape, sets, FAULT_BEHIND);
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
      rig_set sets[VALUES_MOST + 1];
      uint32_t used = 0;
      for (uint32_t i = 0; i < of->param_count; i++)
        if (values_is_number(&of->params[i])) sets[used++] = (rig_set){(int)i, values_draw(&of->params[i], &state)};
      sets[used].index = -1;
      if (used) try_values(s, &shapes[k], sets);
    }
  }
}

void case_live_parameters(const subject *s) {
  const component *of = s->of;
  uint32_t live[VALUES_MOST], live_count = 0;
  for (uint32_t i = 0; i < of->param_count; i++)
    if (of->params[i].flags & SB_PARAM_LIVE) live[live_count++] = i;
  if (live_count == 0) trial_skip("none of its parameters is live");
  rig_shape shapes[2];
  const uint32_t count = case_shapes(s, shapes, 2);
  uint64_t state = s->seed;
  for (uint32_t k = 0; k < count; k++) {
    const uint64_t frames = case_frames(s, &shapes[k]);
    const test_signal signal = case_signal(s, &shapes[k]);
    rig *r = rig_open(of, &shapes[k], FAULT_BEHIND);
    for (uint64_t done = 0; done < frames && !r->has_ended;) {
      const uint32_t param = live[draw_between(&state, 0, live_count - 1)], run = draw_between(&state, 1, 200);
      rig_change(r, param, values_draw(&of->params[param], &state));
      rig_run(r, &signal, run, (rig_cut){.state = draw(&state)});
      done += run;
    }
    if (of->stage) case_require_finite(r, 0, "when its live parameters change");
    rig_close(r);
  }
}
