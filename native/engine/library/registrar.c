/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar.h"

#include <dlfcn.h>
#include <stagebox_engine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "class_check.h"
#include "error.h"

/* What a struct ended with in ABI 1.0; a smaller one is no such struct. */
enum {
  STAGE_MIN_BYTES = offsetof(sb_stage_class, extension) + sizeof(void *),
  SOURCE_MIN_BYTES = offsetof(sb_source_class, extension) + sizeof(void *),
};

static sb_registry *registry_of(const sb_registrar *registrar) { return registrar->context; }

/* The first refusal stays: a library cannot go on as if nothing had been. */
static sb_status note(sb_registry *registry, sb_status status) {
  if (status == SB_OK || registry->status != SB_OK) return status;
  registry->status = status;
  snprintf(registry->words, sizeof registry->words, "%s", sb_last_error());
  return status;
}

/* As many bytes of a class as both sides know, zeros for the rest; NULL, with words, if it is too small. */
static void *copy_class(const void *theirs, size_t least, size_t ours, const char *what) {
  uint32_t bytes = 0;
  if (theirs) memcpy(&bytes, theirs, sizeof bytes);
  if (bytes < least) {
    sb_error(SB_INVALID,
             theirs ? "a %s class says it has %u bytes, and has at least %zu: set .size = sizeof(sb_%s_class)"
                    : "a %s class is NULL",
             what, bytes, least, what);
    return NULL;
  }
  void *copy = calloc(1, ours);
  if (!copy) return sb_error(SB_NO_MEMORY, "out of memory"), NULL;
  return memcpy(copy, theirs, bytes < ours ? bytes : ours);
}

static sb_status check_count(const sb_registry *registry) {
  if (registry->stage_count + registry->source_count < SB_REGISTRY_MAX_CLASSES) return SB_OK;
  return sb_error(SB_FULL, "it registers more than %d classes", SB_REGISTRY_MAX_CLASSES);
}

static sb_status keep_stage(sb_registry *registry, const sb_stage_class *stage) {
  sb_stage_class *copy = copy_class(stage, STAGE_MIN_BYTES, sizeof *copy, "stage");
  if (!copy) return SB_INVALID;
  copy->size = sizeof *copy;
  sb_status status = sb_stage_class_check(copy, true);
  for (uint32_t i = 0; status == SB_OK && i < registry->stage_count; i++)
    if (strcmp(registry->stages[i]->type, copy->type) == 0)
      status = sb_error(SB_INVALID, "stage \"%s\" is registered twice", copy->type);
  if (status == SB_OK) status = check_count(registry);
  if (status != SB_OK) return free(copy), status;
  registry->stages[registry->stage_count++] = copy;
  return SB_OK;
}

static sb_status keep_source(sb_registry *registry, const sb_source_class *source) {
  sb_source_class *copy = copy_class(source, SOURCE_MIN_BYTES, sizeof *copy, "source");
  if (!copy) return SB_INVALID;
  copy->size = sizeof *copy;
  sb_status status = sb_source_class_check(copy, true);
  for (uint32_t i = 0; status == SB_OK && i < registry->source_count; i++)
    if (strcmp(registry->sources[i]->type, copy->type) == 0)
      status = sb_error(SB_INVALID, "source \"%s\" is registered twice", copy->type);
  if (status == SB_OK) status = check_count(registry);
  if (status != SB_OK) return free(copy), status;
  registry->sources[registry->source_count++] = copy;
  return SB_OK;
}

static sb_status add_stage(const sb_registrar *registrar, const sb_stage_class *stage) {
  return note(registry_of(registrar), keep_stage(registry_of(registrar), stage));
}

static sb_status add_source(const sb_registrar *registrar, const sb_source_class *source) {
  return note(registry_of(registrar), keep_source(registry_of(registrar), source));
}

sb_status sb_entry_find(void *handle, sb_entry *out) {
  *(void **)&out->abi_version = dlsym(handle, "stagebox_abi_version");
  *(void **)&out->enroll = dlsym(handle, "stagebox_register");
  if (out->abi_version && out->enroll) return SB_OK;
  return sb_error(SB_REFUSED, "it does not export %s; see plugin.h",
                  out->abi_version ? "stagebox_register" : "stagebox_abi_version");
}

sb_status sb_entry_check_abi(uint32_t abi) {
  if (abi >> 16 == SB_ABI_MAJOR) return SB_OK;
  return sb_error(SB_REFUSED, "incompatible ABI %u (core=%u)", abi >> 16, SB_ABI_MAJOR);
}

sb_registry *sb_registry_create(void) {
  sb_registry *registry = calloc(1, sizeof *registry);
  if (!registry) return NULL;
  registry->registrar = (sb_registrar){
      .size = sizeof(sb_registrar), .context = registry, .add_stage = add_stage, .add_source = add_source};
  registry->stages = calloc(SB_REGISTRY_MAX_CLASSES, sizeof *registry->stages);
  registry->sources = calloc(SB_REGISTRY_MAX_CLASSES, sizeof *registry->sources);
  if (registry->stages && registry->sources) return registry;
  sb_registry_destroy(registry);
  return NULL;
}

void sb_registry_destroy(sb_registry *registry) {
  if (!registry) return;
  for (uint32_t i = 0; i < registry->stage_count; i++) free(registry->stages[i]);
  for (uint32_t i = 0; i < registry->source_count; i++) free(registry->sources[i]);
  free(registry->stages), free(registry->sources), free(registry);
}

sb_status sb_registry_finish(sb_registry *registry, sb_status status) {
  if (registry->status != SB_OK) return sb_error(registry->status, "%s", registry->words);
  if (status != SB_OK && registry->is_adapted) return status;
  if (status != SB_OK) {
    snprintf(registry->words, sizeof registry->words, "%s", sb_last_error());
    const char *silent = "not why; return SB_OK, or host->fail(host, ...) with the reason";
    return sb_error(SB_REFUSED, "stagebox_register says %d: %s", status, *registry->words ? registry->words : silent);
  }
  if (registry->is_main && !registry->main_loop)
    return sb_error(SB_INVALID, "plugin.toml has a [main], and it offers none: see stagebox/ext/draft/main.h");
  if (registry->is_main) return SB_OK;
  if (registry->stage_count + registry->source_count == 0 && !registry->offers_backend)
    return sb_error(SB_INVALID, "it registers nothing: call add_stage or add_source in stagebox_register");
  return SB_OK;
}
