/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters as the control plane would pass them: every default, and something likely for what has none.
 */
#ifndef STAGEBOX_CHECK_PARAM_VALUES_H
#define STAGEBOX_CHECK_PARAM_VALUES_H

#include "component.h"
#include "param_default.h"

enum { PARAM_VALUES_MOST = 64, PARAM_VALUES_GUESSES = 3 };

typedef struct param_values {
  sb_value value[PARAM_VALUES_MOST]; /* in the order of the table */
  sb_param_default defaults[PARAM_VALUES_MOST];
  double *matrix;
} param_values;

/* `guess` < PARAM_VALUES_GUESSES: which of several likely values parameters without a default get, on `channels`
 * channels that are named ch1, ch2 ... The table was found sound. */
void param_values_fill(param_values *out, const component *of, uint32_t channels, uint32_t guess);
void param_values_free(param_values *of);

/* A number that the table allows: an end, or anything in between. Only for kinds that are one number. */
double param_values_draw(const sb_param *param, uint64_t *state);
bool param_values_is_number(const sb_param *param);

#endif
