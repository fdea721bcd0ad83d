/* SPDX-License-Identifier: Apache-2.0 */
#include "param_default.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void skip_spaces(const char **at) {
  while (isspace((unsigned char)**at)) ++*at;
}

static bool take(const char **at, char wanted) {
  skip_spaces(at);
  if (**at != wanted) return false;
  ++*at;
  return true;
}

static bool read_number(const char **at, double *number) {
  char *end;
  *number = strtod(*at, &end);
  const bool some = end != *at;
  *at = end;
  return some && isfinite(*number);
}

static bool read_word(const char **at, sb_param_default *out, size_t *used) {
  skip_spaces(at);
  const size_t length = strcspn(*at, ",:]}");
  if (length == 0 || *used + length + 1 > sizeof out->letters || out->value.rows == SB_PARAM_DEFAULT_MOST) return false;
  out->texts[out->value.rows] = memcpy(out->letters + *used, *at, length);
  out->letters[*used + length] = 0;
  *used += length + 1;
  *at += length;
  return true;
}

/* "{ alpha: [8, 13], beta: [13, 30] }" */
static bool read_bands(const char **at, sb_param_default *out) {
  size_t used = 0;
  if (!take(at, '{')) return false;
  do {
    double *edges = &out->numbers[2 * out->value.rows];
    if (!read_word(at, out, &used) || !take(at, ':') || !take(at, '[') || !read_number(at, &edges[0]) ||
        !take(at, ',') || !read_number(at, &edges[1]) || !take(at, ']'))
      return false;
    out->value.rows++;
  } while (take(at, ','));
  return take(at, '}');
}

/* "[]", "[a, b]", "[1, 2]" */
static bool read_list(const char **at, sb_param_default *out, bool names) {
  size_t used = 0;
  if (!take(at, '[')) return false;
  if (take(at, ']')) return true;
  do {
    if (out->value.rows == SB_PARAM_DEFAULT_MOST) return false;
    if (!(names ? read_word(at, out, &used) : read_number(at, &out->numbers[out->value.rows]))) return false;
    out->value.rows++;
  } while (take(at, ','));
  return take(at, ']');
}

static bool read_choice(const sb_param *param, double *number) {
  for (int i = 0; param->choices && param->choices[i]; i++)
    if (strcmp(param->choices[i], param->fallback) == 0) return *number = i, true;
  return false;
}

bool sb_param_default_read(const sb_param *param, sb_param_default *out) {
  *out = (sb_param_default){.value = {.numbers = out->numbers, .texts = out->texts}};
  const char *at = param->fallback;
  if (!at) return false;
  switch (param->kind) {
    case SB_PARAM_CHOICE: return read_choice(param, &out->value.number);
    case SB_PARAM_BOOLEAN: return out->value.number = at[0] == 't', strcmp(at, "true") == 0 || strcmp(at, "false") == 0;
    case SB_PARAM_TEXT: return out->texts[out->value.rows++] = at, true;
    case SB_PARAM_NUMBER: return read_number(&at, &out->value.number) && !*at;
    case SB_PARAM_INTEGER:
      return read_number(&at, &out->value.number) && !*at && out->value.number == floor(out->value.number);
    case SB_PARAM_NUMBERS: return read_list(&at, out, false) && !*at;
    case SB_PARAM_NAMES: return read_list(&at, out, true) && !*at;
    case SB_PARAM_BANDS: return read_bands(&at, out) && !*at;
    default: return false;
  }
}
