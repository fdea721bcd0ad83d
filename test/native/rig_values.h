/* SPDX-License-Identifier: Apache-2.0
 *
 * What the rigs of stages and sources share: a host, and parameters as the control plane would pass them.
 */
#ifndef STAGEBOX_TEST_RIG_VALUES_H
#define STAGEBOX_TEST_RIG_VALUES_H

#include <stagebox/stagebox.h>
#include <stdbool.h>

#include "param_default.h"

/* A parameter by its id. Those not named take their default. A list of these ends with {0}. */
typedef struct rig_set {
  const char *id;
  double number;
  uint32_t rows, columns;
  const double *numbers;
  const char *const *texts;
} rig_set;

enum { RIG_MAX_PARAMS = 64 };

typedef struct rig_values {
  sb_value values[RIG_MAX_PARAMS]; /* in the order of the table */
  sb_param_default defaults[RIG_MAX_PARAMS];
} rig_values;

/* False, and the running test has failed, if the table has no parameter of a set's name. */
bool rig_values_fill(rig_values *out, const sb_param *params, uint32_t count, const rig_set *sets);

/* Its fail() keeps the words for rig_error(); its extensions are those of rig_extension. */
extern const sb_host rig_host;

/* NULL: the host has none. */
extern const void *(*rig_extension)(const char *id);

/* Why the latest rig did not open; "" if it did. */
const char *rig_error(void);
void rig_error_clear(void);

#endif
