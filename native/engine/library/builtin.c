/* SPDX-License-Identifier: Apache-2.0
 *
 * The library that every other one is like: the components of stages.def and sources.def.
 */
#include <pthread.h>

#include "error.h"
#include "library.h"

#define SB_STAGE(name) extern const sb_stage_class sb_stage_##name;
#include "stages.def"
#undef SB_STAGE
#define SB_SOURCE(name) extern const sb_source_class sb_source_##name;
#include "sources.def"
#undef SB_SOURCE

static const sb_stage_class *stages[] = {
#define SB_STAGE(name) &sb_stage_##name,
#include "stages.def"
};

static const sb_source_class *sources[] = {
#define SB_SOURCE(name) &sb_source_##name,
#include "sources.def"
};

static sb_library builtin = {
    .classes = {.stages = stages,
                .sources = sources,
                .stage_count = sizeof stages / sizeof *stages,
                .source_count = sizeof sources / sizeof *sources},
    .file = -1,
};

static void describe(void) {
  builtin.host = sb_engine_host;
  builtin.catalog = sb_classes_json(&builtin.classes);
}

sb_library *sb_library_builtin(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, describe);
  return &builtin;
}

const char *sb_catalog(void) {
  const char *json = sb_library_builtin()->catalog;
  return json ? json : "{\"sources\":[],\"stages\":[]}";
}
