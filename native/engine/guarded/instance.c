/* SPDX-License-Identifier: Apache-2.0 */
#include "instance.h"

#include <stagebox_engine.h>
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "saved_state.h"

static const void *extension_of(sb_instance *instance, const char *id) {
  const void *(*extension)(const char *) = instance->stage ? instance->stage->extension : instance->source->extension;
  instance->within = "extension";
  return extension ? extension(id) : NULL;
}

static sb_status create(sb_instance *instance) {
  instance->within = "create";
  return instance->stage ? instance->stage->create(instance->host, instance->values, &instance->self)
                         : instance->source->create(instance->host, instance->values, &instance->self);
}

static sb_status activate(sb_instance *instance) {
  instance->within = "activate";
  return instance->stage ? instance->stage->activate(instance->self, instance->host, &instance->in, &instance->out)
                         : instance->source->activate(instance->self, instance->host, &instance->out);
}

static void use_extensions(sb_instance *instance) {
  const sb_ext_latency *latency = extension_of(instance, SB_EXT_LATENCY);
  instance->ext_state = extension_of(instance, SB_EXT_STATE);
  instance->within = "latency";
  if (latency) instance->latency_s = latency->seconds(instance->self);
  instance->within = "state";
  if (!instance->ext_state) return;
  instance->state_bytes = sb_saved_state_bytes(instance->ext_state, instance->self);
  if (instance->state) instance->ext_state->load(instance->self, instance->state, instance->state_count);
}

void sb_instance_make(void *argument) {
  sb_instance *instance = argument;
  sb_error(SB_OK, "it does not say why");
  instance->status = create(instance);
  const bool is_made = instance->status == SB_OK;
  if (is_made) instance->status = activate(instance);
  instance->is_active = instance->status == SB_OK;
  if (instance->is_active) {
    use_extensions(instance);
    return;
  }
  snprintf(instance->words, sizeof instance->words, "%s", sb_last_error());
  if (is_made) sb_instance_end(instance);
}

void sb_instance_end(void *argument) {
  sb_instance *instance = argument;
  void *self = instance->self;
  void (*deactivate)(void *) = instance->stage ? instance->stage->deactivate : instance->source->deactivate;
  void (*destroy)(void *) = instance->stage ? instance->stage->destroy : instance->source->destroy;
  instance->self = NULL;
  instance->within = "deactivate";
  if (instance->is_active) deactivate(self);
  instance->is_active = false;
  instance->within = "destroy";
  destroy(self);
}

void sb_instance_free(sb_instance *instance) {
  if (!instance) return;
  free(instance->values);
  free((void *)instance->state);
  free(instance);
}
