/* SPDX-License-Identifier: Apache-2.0 */
#include "library.h"

#include <stdio.h>

#include "json.h"

static void print_params(FILE *out, const sb_param *params, uint32_t count) {
  fputs("\"params\":[", out);
  for (uint32_t i = 0; i < count; i++) {
    const sb_param *param = &params[i];
    fputs(i ? ",{" : "{", out);
    sb_json_field(out, "id", param->id);
    sb_json_field(out, "kind", sb_json_param_kind(param->kind));
    sb_json_field(out, "unit", param->unit);
    sb_json_field(out, "description", param->description);
    if (param->minimum != 0 || param->maximum != 0)
      fprintf(out, "\"minimum\":%.17g,\"maximum\":%.17g,", param->minimum, param->maximum);
    if (param->fallback) sb_json_field(out, "default", param->fallback);
    uint32_t choices = 0;
    while (param->choices && param->choices[choices]) choices++;
    if (choices) sb_json_strings(out, "choices", param->choices, choices);
    fprintf(out, "\"live\":%s,\"required\":%s}", param->flags & SB_PARAM_LIVE ? "true" : "false",
            param->flags & SB_PARAM_REQUIRED ? "true" : "false");
  }
  fputs("]}", out);
}

char *sb_classes_json(const sb_classes *classes) {
  const sb_source_class *const *sources = classes->sources;
  const sb_stage_class *const *stages = classes->stages;
  char *json = NULL;
  size_t bytes;
  FILE *out = open_memstream(&json, &bytes);
  if (!out) return NULL;
  fputs("{\"sources\":[", out);
  for (uint32_t i = 0; i < classes->source_count; i++) {
    fputs(i ? ",{" : "{", out);
    sb_json_field(out, "type", sources[i]->type);
    sb_json_field(out, "name", sources[i]->name);
    sb_json_field(out, "description", sources[i]->description);
    print_params(out, sources[i]->params, sources[i]->param_count);
  }
  fputs("],\"stages\":[", out);
  for (uint32_t i = 0; i < classes->stage_count; i++) {
    fputs(i ? ",{" : "{", out);
    sb_json_field(out, "type", stages[i]->type);
    sb_json_field(out, "name", stages[i]->name);
    sb_json_field(out, "category", stages[i]->category);
    sb_json_field(out, "description", stages[i]->description);
    sb_json_field(out, "input", sb_json_port(stages[i]->input));
    sb_json_field(out, "output", sb_json_port(stages[i]->output));
    print_params(out, stages[i]->params, stages[i]->param_count);
  }
  fputs("]}", out);
  fclose(out);
  return json;
}
