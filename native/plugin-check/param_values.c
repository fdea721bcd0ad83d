/* SPDX-License-Identifier: Apache-2.0 */
#include "param_values.h"

#include <math.h>
#include <stdlib.h>

#include "test_signal.h"

bool param_values_is_number(const sb_param *param) { return param->kind <= SB_PARAM_CHOICE; }

static bool has_limits(const sb_param *param) { return param->minimum != 0 || param->maximum != 0; }

/* For spatial filters: each channel minus a tenth of the first. */
static double *mixture(uint32_t channels) {
  double *matrix = calloc((size_t)channels * channels, sizeof *matrix);
  for (uint32_t o = 0; matrix && o < channels; o++)
    for (uint32_t i = 0; i < channels; i++) matrix[(size_t)o * channels + i] = (o == i) - 0.1 * (i == 0);
  return matrix;
}

static sb_value guess_value(const sb_param *param, param_values *out, uint32_t channels, uint32_t guess) {
  static const char *const names[PARAM_VALUES_GUESSES][1] = {{"ch1"}, {"ch1-ch1"}, {"a"}};
  static const double numbers[] = {8, 13};
  const double middle = has_limits(param) ? (param->minimum + param->maximum) / 2 : 1;
  const double low = has_limits(param) ? param->minimum : 0;
  sb_value value = {.number = guess == 0 ? middle : low};
  if (param->kind == SB_PARAM_INTEGER) value.number = floor(value.number);
  if (param->kind == SB_PARAM_BOOLEAN || param->kind == SB_PARAM_CHOICE) value.number = 0;
  if (param->kind == SB_PARAM_TEXT || param->kind == SB_PARAM_NAMES) value.rows = 1, value.texts = names[guess];
  if (param->kind == SB_PARAM_NUMBERS) value.rows = 1, value.columns = 1, value.numbers = numbers;
  if (param->kind == SB_PARAM_BANDS) value.rows = 1, value.columns = 2, value.numbers = numbers, value.texts = names[2];
  if (param->kind == SB_PARAM_MATRIX) {
    if (!out->matrix) out->matrix = mixture(channels);
    value.rows = value.columns = channels, value.numbers = out->matrix;
  }
  return value;
}

void param_values_fill(param_values *out, const component *of, uint32_t channels, uint32_t guess) {
  out->matrix = NULL;
  for (uint32_t i = 0; i < of->param_count && i < PARAM_VALUES_MOST; i++) {
    const bool has_default = sb_param_default_read(&of->params[i], &out->defaults[i]);
    out->value[i] = has_default ? out->defaults[i].value : guess_value(&of->params[i], out, channels, guess);
  }
}

void param_values_free(param_values *of) { free(of->matrix); }

double param_values_draw(const sb_param *param, uint64_t *state) {
  if (param->kind == SB_PARAM_BOOLEAN) return (double)draw_between(state, 0, 1);
  if (param->kind == SB_PARAM_CHOICE) {
    uint32_t choices = 0;
    while (param->choices[choices]) choices++;
    return (double)draw_between(state, 0, choices - 1);
  }
  const double low = has_limits(param) ? param->minimum : -1000, high = has_limits(param) ? param->maximum : 1000;
  const uint32_t kind = draw_between(state, 0, 3);
  const double number = kind == 0 ? low : kind == 1 ? high : low + draw_uniform(state) * (high - low);
  return param->kind == SB_PARAM_INTEGER ? floor(number) : number;
}
