/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of every stage and source: what forms, documentation and messages are made from.
 */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "check.h"
#include "every_stage.h"

#define SB_SOURCE(name) extern const sb_source_class sb_source_##name;
#include "sources.def"
#undef SB_SOURCE

static const sb_source_class *const sources[] = {
#define SB_SOURCE(name) &sb_source_##name,
#include "sources.def"
};

#define FINE(condition) check_that((condition), __FILE__, __LINE__, "%s.%s: not %s", type, id, #condition)

static bool ends_with(const char *text, const char *end) {
  const size_t length = strlen(text), tail = strlen(end);
  return length >= tail && strcmp(text + length - tail, end) == 0;
}

static bool is_snake_case(const char *text) {
  for (const char *at = text; *at; at++)
    if (!islower((unsigned char)*at) && !isdigit((unsigned char)*at) && *at != '_') return false;
  return islower((unsigned char)*text) != 0;
}

static void check_unit(const char *type, const char *id, const char *unit) {
  static const struct {
    const char *end, *unit;
  } units[] = {{"_hz", "Hz"}, {"_s", "s"}, {"_uv", "uV"}, {"_db", "dB"}, {"_bpm", "1/min"}, {"_per_minute", "1/min"},
               {"_uv_per_ms", "uV/ms"}};
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (ends_with(id, units[i].end))
      check_that(strcmp(unit, units[i].unit) == 0, __FILE__, __LINE__, "%s.%s: its unit is \"%s\"", type, id, unit);
}

static bool in_range(const sb_param *param, double number) {
  return (param->minimum == 0 && param->maximum == 0) || (number >= param->minimum && number <= param->maximum);
}

static void check_default(const char *type, const sb_param *param) {
  const char *id = param->id;
  sb_param_default read;
  if (!FINE(sb_param_default_read(param, &read))) return;
  const bool listed = param->kind == SB_PARAM_NUMBERS || param->kind == SB_PARAM_BANDS;
  const uint32_t count = listed ? read.value.rows * (param->kind == SB_PARAM_BANDS ? 2 : 1) : 0;
  if (param->kind == SB_PARAM_NUMBER || param->kind == SB_PARAM_INTEGER) FINE(in_range(param, read.value.number));
  for (uint32_t i = 0; i < count; i++) FINE(in_range(param, read.value.numbers[i]));
}

static void check_params(const char *type, const sb_param *params, uint32_t count, bool can_set) {
  for (uint32_t i = 0; i < count; i++) {
    const sb_param *param = &params[i];
    const char *id = param->id;
    const bool required = param->flags & SB_PARAM_REQUIRED, live = param->flags & SB_PARAM_LIVE;
    if (!FINE(id && is_snake_case(id))) continue;
    for (uint32_t j = 0; j < i; j++) FINE(strcmp(params[j].id, id) != 0);
    FINE(param->kind <= SB_PARAM_MATRIX);
    FINE(param->description && ends_with(param->description, "."));
    FINE(param->minimum <= param->maximum);
    FINE(isfinite(param->minimum) && isfinite(param->maximum));
    FINE((param->kind == SB_PARAM_CHOICE) == (param->choices != NULL));
    FINE((param->fallback == NULL) == required);
    FINE(!live || (can_set && param->kind <= SB_PARAM_CHOICE)); /* only a number is swapped */
    check_unit(type, id, param->unit ? param->unit : "");
    if (param->fallback) check_default(type, param);
  }
}

TEST(every_stage_has_a_sound_table) {
  static const char categories[] = "filter spectral spatial detect statistics utility";
  for (const sb_stage_class *const *at = every_stage; *at; at++) {
    const sb_stage_class *stage = *at;
    const char *type = stage->type, *id = "class";
    const bool built_in = at < every_stage + every_stage_built_in;
    for (const sb_stage_class *const *before = every_stage; before < at; before++)
      FINE(built_in ? strcmp((*before)->type, type) < 0 : strcmp((*before)->type, type) != 0);
    FINE(is_snake_case(type));
    FINE(stage->size == sizeof *stage);
    FINE(stage->name && isupper((unsigned char)*stage->name));
    FINE(stage->category && *stage->category && strstr(categories, stage->category));
    FINE(stage->description && ends_with(stage->description, "."));
    FINE(stage->input == SB_PORT_SIGNAL);
    FINE(stage->output >= SB_PORT_SIGNAL && stage->output <= SB_PORT_FEATURES);
    FINE(stage->create && stage->activate && stage->process && stage->deactivate && stage->destroy);
    FINE(!(stage->flags & SB_STAGE_IN_PLACE) || stage->output == stage->input);
    check_params(type, stage->params, stage->param_count, stage->set != NULL);
  }
}

TEST(every_source_has_a_sound_table) {
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
    const sb_source_class *source = sources[i];
    const char *type = source->type, *id = "class";
    FINE(is_snake_case(type));
    FINE(source->size == sizeof *source);
    FINE(source->name && isupper((unsigned char)*source->name));
    FINE(source->description && ends_with(source->description, "."));
    FINE(source->create && source->activate && source->read && source->deactivate && source->destroy);
    check_params(type, source->params, source->param_count, source->set != NULL);
  }
}
