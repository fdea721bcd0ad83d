/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog.h"

#include <pthread.h>
#include <stagebox_engine.h>

#include "json.h"

#define SB_STAGE(name) extern const sb_stage_class sb_stage_##name;
#include "../stages/stages.def"
#undef SB_STAGE
#define SB_SOURCE(name) extern const sb_source_class sb_source_##name;
#include "../sources/sources.def"
#undef SB_SOURCE

static const sb_stage_class *const stages[] = {
#define SB_STAGE(name) &sb_stage_##name,
#include "../stages/stages.def"
};

static const sb_source_class *const sources[] = {
#define SB_SOURCE(name) &sb_source_##name,
#include "../sources/sources.def"
};

enum { STAGE_COUNT = sizeof stages / sizeof *stages, SOURCE_COUNT = sizeof sources / sizeof *sources };

const sb_stage_class *sb_catalog_stage(const char *type) {
  for (size_t i = 0; i < STAGE_COUNT; i++)
    if (strcmp(stages[i]->type, type) == 0) return stages[i];
  return NULL;
}

const sb_source_class *sb_catalog_source(const char *type) {
  for (size_t i = 0; i < SOURCE_COUNT; i++)
    if (strcmp(sources[i]->type, type) == 0) return sources[i];
  return NULL;
}

static const char *const kind_names[] = {"number", "integer", "boolean", "choice", "text", "numbers", "names", "bands", "matrix"};

static void print_params(FILE *out, const sb_param *params, uint32_t count) {
  fputs("\"params\":[", out);
  for (uint32_t i = 0; i < count; i++) {
    const sb_param *param = &params[i];
    fputs(i ? ",{" : "{", out);
    sb_json_field(out, "id", param->id);
    sb_json_field(out, "kind", kind_names[param->kind]);
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

static char *json;

static void print_catalog(void) {
  size_t bytes;
  FILE *out = open_memstream(&json, &bytes);
  if (!out) return;
  fputs("{\"sources\":[", out);
  for (size_t i = 0; i < SOURCE_COUNT; i++) {
    fputs(i ? ",{" : "{", out);
    sb_json_field(out, "type", sources[i]->type);
    sb_json_field(out, "name", sources[i]->name);
    sb_json_field(out, "description", sources[i]->description);
    print_params(out, sources[i]->params, sources[i]->param_count);
  }
  fputs("],\"stages\":[", out);
  for (size_t i = 0; i < STAGE_COUNT; i++) {
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
}

const char *sb_catalog(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, print_catalog);
  return json ? json : "{\"sources\":[],\"stages\":[]}";
}
