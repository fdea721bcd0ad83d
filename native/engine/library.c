/* SPDX-License-Identifier: Apache-2.0 */
#include "library.h"

#include "error.h"
#include "foreign.h"

const sb_stage_class *sb_library_stage(const sb_library *library, const char *type) {
  for (uint32_t i = 0; i < library->classes.stage_count; i++)
    if (strcmp(library->classes.stages[i]->type, type) == 0) return library->classes.stages[i];
  return NULL;
}

const sb_source_class *sb_library_source(const sb_library *library, const char *type) {
  for (uint32_t i = 0; i < library->classes.source_count; i++)
    if (strcmp(library->classes.sources[i]->type, type) == 0) return library->classes.sources[i];
  return NULL;
}

int32_t sb_program_file(const char *name, const uint8_t *bytes, double count) { return (void)name, (void)bytes, (void)count, -1; }
const char *sb_library_inspect(const char *path) { return (void)path, NULL; }

sb_library *sb_library_open(const char *path, const char *options) {
  (void)options;
  sb_error(SB_UNSUPPORTED, "%s: plugin libraries cannot be opened yet", path);
  return NULL;
}

int32_t sb_library_poll(sb_library *library) { return library->status; }
const char *sb_library_catalog(const sb_library *library) { return library->catalog; }
const char *sb_library_log(sb_library *library) { return (void)library, ""; }
const char *sb_library_sandbox(const sb_library *library) { return (void)library, ""; }
void sb_library_close(sb_library *library) { (void)library; }
sb_foreign *sb_guard_create(void) { return NULL; }
