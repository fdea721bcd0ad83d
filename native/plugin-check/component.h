/* SPDX-License-Identifier: Apache-2.0
 *
 * What a library registered: a stage or a source, with what both have in one place.
 */
#ifndef STAGEBOX_COMPONENT_H
#define STAGEBOX_COMPONENT_H

#include <stagebox/stagebox.h>
#include <stdbool.h>

typedef struct component {
  const sb_stage_class *stage;   /* either */
  const sb_source_class *source; /* or */
  const char *type;
  const sb_param *params;
  uint32_t param_count;
  sb_status (*create)(const sb_host *host, const sb_value *values, void **self);
  void (*set)(void *self, uint32_t param, const sb_value *value);
  void (*deactivate)(void *self);
  void (*destroy)(void *self);
  const void *(*extension)(const char *id);
} component;

component component_of_stage(const sb_stage_class *stage);
component component_of_source(const sb_source_class *source);

/* NULL if it has none of that id. A call into the plugin. */
const void *component_extension(const component *of, const char *id);

/* {"type":"gain","role":"stage",...,"params":[...]}, a line, told to the verdict. */
void component_tell(const component *of);

#endif
