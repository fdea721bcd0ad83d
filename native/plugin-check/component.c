/* SPDX-License-Identifier: Apache-2.0 */
#include "component.h"

#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "trial.h"

component component_of_stage(const sb_stage_class *stage) {
  return (component){.stage = stage,
                     .type = stage->type,
                     .params = stage->params,
                     .param_count = stage->param_count,
                     .create = stage->create,
                     .set = stage->set,
                     .deactivate = stage->deactivate,
                     .destroy = stage->destroy,
                     .extension = stage->extension};
}

component component_of_source(const sb_source_class *source) {
  return (component){.source = source,
                     .type = source->type,
                     .params = source->params,
                     .param_count = source->param_count,
                     .create = source->create,
                     .set = source->set,
                     .deactivate = source->deactivate,
                     .destroy = source->destroy,
                     .extension = source->extension};
}

const void *component_extension(const component *of, const char *id) {
  const void *found = NULL;
  if (of->extension) CALL("extension", found = of->extension(id));
  return found;
}

static void print_param(FILE *out, const sb_param *param) {
  putc('{', out);
  sb_json_field(out, "id", param->id);
  sb_json_field(out, "kind", sb_json_param_kind(param->kind));
  sb_json_field(out, "unit", param->unit);
  if (param->fallback) sb_json_field(out, "default", param->fallback);
  if ((param->minimum != 0 || param->maximum != 0) && param->minimum <= param->maximum)
    fprintf(out, "\"minimum\":%.17g,\"maximum\":%.17g,", param->minimum, param->maximum);
  uint32_t choices = 0;
  while (param->choices && choices < 1000 && param->choices[choices]) choices++;
  if (choices) sb_json_strings(out, "choices", param->choices, choices);
  fprintf(out, "\"live\":%s,\"required\":%s}", param->flags & SB_PARAM_LIVE ? "true" : "false",
          param->flags & SB_PARAM_REQUIRED ? "true" : "false");
}

void component_tell(const component *of) {
  char *line = NULL;
  size_t bytes;
  FILE *out = open_memstream(&line, &bytes);
  if (!out) trial_fail(OUT_OF_MEMORY);
  putc('{', out);
  sb_json_field(out, "type", of->type);
  sb_json_field(out, "role", of->source ? "source" : of->stage->output == SB_PORT_NONE ? "sink" : "stage");
  sb_json_field(out, "input", of->source ? "none" : sb_json_port(of->stage->input));
  sb_json_field(out, "output", of->source ? "signal" : sb_json_port(of->stage->output));
  fputs("\"params\":[", out);
  for (uint32_t i = 0; of->params && i < of->param_count && i < 1000; i++) {
    if (i) putc(',', out);
    print_param(out, &of->params[i]);
  }
  fputs("]}\n", out);
  fclose(out);
  if (!trial_tell(line)) trial_fail("its tables are larger than %d kB", TRIAL_TOLD / 1024);
  free(line);
}
