/* SPDX-License-Identifier: Apache-2.0 */
#include "tell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "json.h"

/* JSON has no NaN. */
static void tell_number(FILE *to, double number) {
  if (isfinite(number)) fprintf(to, "%.17g", number);
  else fputs("null", to);
}

static void tell_numbers(FILE *to, const double *numbers, uint32_t count) {
  putc('[', to);
  for (uint32_t i = 0; i < count; i++) {
    if (i) putc(',', to);
    tell_number(to, numbers[i]);
  }
  putc(']', to);
}

static void tell_texts(FILE *to, const char *const *texts, uint32_t count) {
  putc('[', to);
  for (uint32_t i = 0; texts && i < count; i++) {
    if (i) putc(',', to);
    sb_json_string(to, texts[i]);
  }
  putc(']', to);
}

static void tell_bands(FILE *to, const sb_value *value) {
  putc('{', to);
  for (uint32_t i = 0; i < value->rows; i++) {
    if (i) putc(',', to);
    sb_json_string(to, value->texts[i]);
    putc(':', to);
    tell_numbers(to, value->numbers + 2 * (size_t)i, 2);
  }
  putc('}', to);
}

static void tell_matrix(FILE *to, const sb_value *value) {
  putc('[', to);
  for (uint32_t i = 0; i < value->rows; i++) {
    if (i) putc(',', to);
    tell_numbers(to, value->numbers + (size_t)i * value->columns, value->columns);
  }
  putc(']', to);
}

static void tell_value(FILE *to, const sb_param *param, const sb_value *value) {
  switch (param->kind) {
    case SB_PARAM_BOOLEAN: fputs(value->number != 0 ? "true" : "false", to); break;
    case SB_PARAM_CHOICE: sb_json_string(to, param->choices[(size_t)value->number]); break;
    case SB_PARAM_TEXT: sb_json_string(to, value->texts[0]); break;
    case SB_PARAM_NUMBERS: tell_numbers(to, value->numbers, value->rows); break;
    case SB_PARAM_NAMES: tell_texts(to, value->texts, value->rows); break;
    case SB_PARAM_BANDS: tell_bands(to, value); break;
    case SB_PARAM_MATRIX: tell_matrix(to, value); break;
    default: tell_number(to, value->number);
  }
}

static char *finished(FILE *to, char **text) {
  const int failed = ferror(to);
  if (fclose(to) == 0 && !failed) return *text;
  free(*text);
  return NULL;
}

char *sb_tell_values(const sb_param *params, uint32_t count, const sb_value *values) {
  char *text = NULL;
  size_t length;
  FILE *to = open_memstream(&text, &length);
  if (!to) return NULL;
  putc('{', to);
  for (uint32_t i = 0; i < count; i++) {
    if (i) putc(',', to);
    sb_json_string(to, params[i].id);
    putc(':', to);
    tell_value(to, &params[i], &values[i]);
  }
  putc('}', to);
  return finished(to, &text);
}

char *sb_tell_change(const sb_param *param, const sb_value *value) {
  char *text = NULL;
  size_t length;
  FILE *to = open_memstream(&text, &length);
  if (!to) return NULL;
  putc('[', to);
  sb_json_string(to, param->id);
  putc(',', to);
  tell_value(to, param, value);
  putc(']', to);
  return finished(to, &text);
}

static void tell_input(FILE *to, const sb_format *in) {
  putc('{', to);
  sb_json_field(to, "port", sb_json_port(in->port));
  sb_json_field(to, "unit", in->unit);
  sb_json_strings(to, "channels", in->channel_names, in->channels);
  sb_json_strings(to, "values", in->value_names, in->value_names ? in->values : 0);
  fputs("\"rate_hz\":", to), tell_number(to, in->rate_hz);
  fputs(",\"bin_hz\":", to), tell_number(to, in->bin_hz);
  fprintf(to, ",\"value_count\":%u,\"max_frames\":%u}", in->values, in->max_frames);
}

char *sb_tell_formats(const sb_format *in, uint32_t out_port, uint32_t max_frames) {
  char *text = NULL;
  size_t length;
  FILE *to = open_memstream(&text, &length);
  if (!to) return NULL;
  fputs("{\"input\":", to);
  if (in) tell_input(to, in);
  else fputs("null", to);
  fprintf(to, ",\"output\":{\"port\":\"%s\",\"max_frames\":%u}}", sb_json_port(out_port), max_frames);
  return finished(to, &text);
}
