/* SPDX-License-Identifier: Apache-2.0 */
#include "rig_values.h"

#include <stdarg.h>
#include <stdio.h>

#include "check.h"

static char error[512];

static sb_status fail(const sb_host *host, sb_status status, const char *format, ...) {
  (void)host;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error, sizeof error, format, arguments);
  va_end(arguments);
  return status;
}

const void *(*rig_extension)(const char *id);

static const void *extension(const sb_host *host, const char *id) {
  (void)host;
  return rig_extension ? rig_extension(id) : NULL;
}

const sb_host rig_host = {.size = sizeof(sb_host), .fail = fail, .extension = extension};

const char *rig_error(void) { return error; }
void rig_error_clear(void) { error[0] = 0; }

bool rig_values_fill(rig_values *out, const sb_param *params, uint32_t count, const rig_set *sets) {
  if (!CHECK(count <= RIG_MAX_PARAMS)) return false;
  for (uint32_t i = 0; i < count; i++) {
    sb_param_default_read(&params[i], &out->defaults[i]);
    out->values[i] = out->defaults[i].value;
  }
  for (; sets && sets->id; sets++) {
    uint32_t i = 0;
    while (i < count && strcmp(params[i].id, sets->id) != 0) i++;
    if (!check_that(i < count, __FILE__, __LINE__, "there is no parameter %s", sets->id)) return false;
    out->values[i] = (sb_value){sets->number, sets->rows, sets->columns, sets->numbers, sets->texts};
  }
  return true;
}
