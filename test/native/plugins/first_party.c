/* SPDX-License-Identifier: Apache-2.0 */
#include "first_party.h"

#include "check.h"
#include "rig_values.h"

/* The Makefile renames each plugin's stagebox_register. */
#define PLUGIN(id) sb_status sb_plugin_##id##_register(const sb_host *host, const sb_registrar *registrar);
#include "first_party.def"
#undef PLUGIN

static sb_status (*const plugins[])(const sb_host *host, const sb_registrar *registrar) = {
#define PLUGIN(id) sb_plugin_##id##_register,
#include "first_party.def"
#undef PLUGIN
};

static const sb_stage_class *stages[FIRST_PARTY_MAX + 1];
static const sb_source_class *sources[FIRST_PARTY_MAX + 1];
static uint32_t stage_count, source_count;

static sb_status add_stage(const sb_registrar *registrar, const sb_stage_class *stage) {
  (void)registrar;
  if (stage_count == FIRST_PARTY_MAX) return SB_FULL;
  stages[stage_count++] = stage;
  return SB_OK;
}

static sb_status add_source(const sb_registrar *registrar, const sb_source_class *source) {
  (void)registrar;
  if (source_count == FIRST_PARTY_MAX) return SB_FULL;
  sources[source_count++] = source;
  return SB_OK;
}

static void register_all(void) {
  static const sb_registrar registrar = {.size = sizeof registrar, .add_stage = add_stage, .add_source = add_source};
  if (stage_count + source_count > 0) return;
  for (size_t i = 0; i < sizeof plugins / sizeof *plugins; i++) plugins[i](&rig_host, &registrar);
}

const sb_stage_class *const *first_party_stages(void) {
  register_all();
  return stages;
}

const sb_source_class *const *first_party_sources(void) {
  register_all();
  return sources;
}

const sb_stage_class *first_party_stage(const char *type) {
  for (const sb_stage_class *const *stage = first_party_stages(); *stage; stage++)
    if (strcmp((*stage)->type, type) == 0) return *stage;
  check_that(false, __FILE__, __LINE__, "no plugin has a stage %s", type);
  return NULL;
}

const sb_source_class *first_party_source(const char *type) {
  for (const sb_source_class *const *source = first_party_sources(); *source; source++)
    if (strcmp((*source)->type, type) == 0) return *source;
  check_that(false, __FILE__, __LINE__, "no plugin has a source %s", type);
  return NULL;
}
