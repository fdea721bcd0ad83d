/* SPDX-License-Identifier: Apache-2.0 */
#include "class_check.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "param_default.h"

enum { MAX_ID = 48, MAX_NAME = 80, MAX_DESCRIPTION = 1000, MAX_FALLBACK = 400, MAX_CHOICES = 256 };

typedef struct problems {
  char words[800];
  size_t used;
} problems;

__attribute__((format(printf, 2, 3))) static void complain(problems *list, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (list->used) list->used += (size_t)snprintf(list->words + list->used, sizeof list->words - list->used, "; ");
  if (list->used < sizeof list->words)
    list->used += (size_t)vsnprintf(list->words + list->used, sizeof list->words - list->used, format, arguments);
  if (list->used >= sizeof list->words) list->used = sizeof list->words - 1;
  va_end(arguments);
}

/* Bytes of the UTF-8 character at `at`, 0 if it is none or a control character. */
static size_t character_bytes(const unsigned char *at) {
  static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (*at < 0x80) return *at >= 0x20 && *at != 0x7F;
  const size_t bytes = *at >= 0xF0 ? 4 : *at >= 0xE0 ? 3 : 2;
  if (*at < 0xC2 || *at > 0xF4) return 0;
  uint32_t code = *at & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; i++) {
    if ((at[i] & 0xC0) != 0x80) return 0;
    code = code << 6 | (at[i] & 0x3F);
  }
  return code >= smallest[bytes] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF) ? bytes : 0;
}

bool sb_is_text(const char *text, size_t most) {
  size_t length = 0;
  for (size_t bytes; length <= most && text[length]; length += bytes)
    if (!(bytes = character_bytes((const unsigned char *)text + length))) return false;
  return length <= most;
}

/* "band_power" */
static bool is_id(const char *text) {
  size_t length = 0;
  for (char before = '_'; text[length]; before = text[length++]) {
    const char c = text[length];
    const bool is_letter = c >= 'a' && c <= 'z', is_digit = c >= '0' && c <= '9';
    if (length == MAX_ID || !(is_letter || (length > 0 && (is_digit || (c == '_' && before != '_'))))) return false;
  }
  return length > 0 && text[length - 1] != '_';
}

static void check_text(problems *list, const char *what, const char *text, size_t most, bool is_needed) {
  if (!text ? is_needed : is_needed && !*text) complain(list, "%s is missing", what);
  if (text && !sb_is_text(text, most)) complain(list, "%s is not UTF-8 text of at most %zu bytes", what, most);
}

static bool is_in_range(const sb_param *param, double number) {
  return (param->minimum == 0 && param->maximum == 0) || (number >= param->minimum && number <= param->maximum);
}

static void check_fallback(problems *list, const sb_param *param) {
  const char *id = param->id;
  sb_param_default read;
  if (!sb_is_text(param->fallback, MAX_FALLBACK))
    return complain(list, "%s: its default is not UTF-8 text of at most %d bytes", id, MAX_FALLBACK);
  if (!sb_param_default_read(param, &read))
    return complain(list, "%s: its default \"%s\" is no value of its kind", id, param->fallback);
  const sb_value *value = &read.value;
  bool fits = (param->kind != SB_PARAM_NUMBER && param->kind != SB_PARAM_INTEGER) || is_in_range(param, value->number);
  uint32_t count = 0;
  if (param->kind == SB_PARAM_NUMBERS) count = value->rows;
  if (param->kind == SB_PARAM_BANDS) count = 2 * value->rows;
  for (uint32_t i = 0; i < count; i++) fits &= is_in_range(param, value->numbers[i]);
  if (!fits)
    complain(list, "%s: its default %s is not within %g to %g", id, param->fallback, param->minimum, param->maximum);
}

static bool are_choices(const char *const *choices) {
  uint32_t count = 0;
  for (; choices && choices[count]; count++)
    if (count == MAX_CHOICES || !*choices[count] || !sb_is_text(choices[count], MAX_NAME)) return false;
  return count > 0;
}

static void check_param(problems *list, const sb_param *params, uint32_t index, bool can_set) {
  const sb_param *param = &params[index];
  const char *id = param->id;
  if (!id || !is_id(id))
    return complain(list, "parameter %u: its id is no snake_case name of at most %d characters", index + 1, MAX_ID);
  for (uint32_t i = 0; i < index; i++)
    if (params[i].id && is_id(params[i].id) && strcmp(params[i].id, id) == 0)
      complain(list, "%s stands there twice", id);
  if (param->kind > SB_PARAM_MATRIX) return complain(list, "%s: %u is no kind of parameter", id, param->kind);
  check_text(list, id, param->unit, MAX_ID, false);
  check_text(list, id, param->description, MAX_DESCRIPTION, false);
  if (!isfinite(param->minimum) || !isfinite(param->maximum) || param->minimum > param->maximum)
    complain(list, "%s: nothing lies within %g to %g", id, param->minimum, param->maximum);
  if (param->kind == SB_PARAM_CHOICE && !are_choices(param->choices))
    return complain(list, "%s: it has no choices that can be offered", id);
  if (param->kind != SB_PARAM_CHOICE && param->choices) complain(list, "%s: it has choices and is none", id);
  if ((param->flags & SB_PARAM_LIVE) && param->kind > SB_PARAM_CHOICE)
    complain(list, "%s: only a number can be live", id);
  if ((param->flags & SB_PARAM_LIVE) && !can_set)
    complain(list, "%s: it is live, and the class has no function set", id);
  const bool is_required = param->flags & SB_PARAM_REQUIRED;
  if (is_required && param->fallback) complain(list, "%s: what is required has no default", id);
  if (!is_required && !param->fallback) complain(list, "%s: it has no default and is not required", id);
  if (param->fallback) check_fallback(list, param);
}

static void check_params(problems *list, const sb_param *params, uint32_t count, bool can_set) {
  if (count > SB_CLASS_MAX_PARAMS)
    return complain(list, "it has %u parameters, and there may be %d", count, SB_CLASS_MAX_PARAMS);
  if (count && !params) return complain(list, "its table of parameters is missing");
  for (uint32_t i = 0; i < count; i++) check_param(list, params, i, can_set);
}

static sb_status verdict(const char *what, const char *type, const problems *list) {
  if (!list->used) return SB_OK;
  return sb_error(SB_INVALID, "%s \"%s\": %s", what, type && sb_is_text(type, MAX_ID) ? type : "?", list->words);
}

sb_status sb_stage_class_check(const sb_stage_class *stage, bool has_functions) {
  problems list = {0};
  if (!stage->type || !is_id(stage->type))
    complain(&list, "its type is no snake_case name of at most %d characters", MAX_ID);
  check_text(&list, "name", stage->name, MAX_NAME, true);
  check_text(&list, "category", stage->category, MAX_ID, true);
  check_text(&list, "description", stage->description, MAX_DESCRIPTION, true);
  if (stage->input == SB_PORT_NONE || stage->input > SB_PORT_FEATURES)
    complain(&list, "%u is no port for its input", stage->input);
  if (stage->output > SB_PORT_FEATURES) complain(&list, "%u is no port for its output", stage->output);
  if (has_functions && !(stage->create && stage->activate && stage->process && stage->deactivate && stage->destroy))
    complain(&list, "one of the functions create, activate, process, deactivate, destroy is missing");
  check_params(&list, stage->params, stage->param_count, stage->set || !has_functions);
  return verdict("stage", stage->type, &list);
}

sb_status sb_source_class_check(const sb_source_class *source, bool has_functions) {
  problems list = {0};
  if (!source->type || !is_id(source->type))
    complain(&list, "its type is no snake_case name of at most %d characters", MAX_ID);
  check_text(&list, "name", source->name, MAX_NAME, true);
  check_text(&list, "description", source->description, MAX_DESCRIPTION, true);
  if (has_functions && !(source->create && source->activate && source->read && source->deactivate && source->destroy))
    complain(&list, "one of the functions create, activate, read, deactivate, destroy is missing");
  check_params(&list, source->params, source->param_count, source->set || !has_functions);
  return verdict("source", source->type, &list);
}

sb_status sb_fft_backend_check(const sb_fft_backend *backend) {
  const bool is_whole = backend && backend->size >= sizeof *backend && backend->name && backend->create &&
                        backend->forward && backend->inverse && backend->destroy;
  if (is_whole) return SB_OK;
  return sb_error(SB_INVALID, "the FFT backend lacks a name or a function; fill in all of sb_fft_backend");
}
