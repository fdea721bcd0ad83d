/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a parameter's default as it would be written in a pipeline file: sb_param.fallback.
 */
#ifndef STAGEBOX_PARAM_DEFAULT_H
#define STAGEBOX_PARAM_DEFAULT_H

#include <stagebox/param.h>
#include <stdbool.h>

enum { SB_PARAM_DEFAULT_MOST = 16 }; /* entries of a list */

typedef struct sb_param_default {
  sb_value value; /* points into this struct */
  double numbers[2 * SB_PARAM_DEFAULT_MOST];
  const char *texts[SB_PARAM_DEFAULT_MOST];
  char letters[512];
} sb_param_default;

/* False if the text is missing or is not a value of the parameter's kind; matrices have no defaults. */
bool sb_param_default_read(const sb_param *param, sb_param_default *out);

#endif
