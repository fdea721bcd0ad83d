/* SPDX-License-Identifier: Apache-2.0 */
#include "descriptor.h"

#include <stdlib.h>
#include <string.h>

#include "class_check.h"

enum { MAX_CLASSES = 256, MAX_PARAMS = 64, MAX_CHOICES = 256, MAX_TEXT = 4096 };

struct sb_descriptor {
  uint8_t *bytes;
  const sb_stage_class **stages; /* each class, its table and its choices are of the heap */
  const sb_source_class **sources;
  uint32_t stage_count, source_count;
};

static void pack_params(sb_pack *pack, const sb_param *params, uint32_t count) {
  sb_pack_u32(pack, count);
  for (uint32_t i = 0; i < count; i++) {
    const sb_param *param = &params[i];
    sb_pack_text(pack, param->id);
    sb_pack_u32(pack, param->kind);
    sb_pack_u32(pack, param->flags);
    sb_pack_text(pack, param->unit);
    sb_pack_f64(pack, param->minimum);
    sb_pack_f64(pack, param->maximum);
    sb_pack_text(pack, param->fallback);
    sb_pack_text(pack, param->description);
    uint32_t choices = 0;
    while (param->choices && param->choices[choices]) choices++;
    sb_pack_u32(pack, choices);
    sb_pack_texts(pack, param->choices, choices);
  }
}

void sb_descriptor_pack(sb_pack *pack, const sb_classes *classes) {
  sb_pack_u32(pack, classes->stage_count);
  for (uint32_t i = 0; i < classes->stage_count; i++) {
    const sb_stage_class *stage = classes->stages[i];
    sb_pack_u32(pack, stage->flags);
    sb_pack_text(pack, stage->type);
    sb_pack_text(pack, stage->name);
    sb_pack_text(pack, stage->category);
    sb_pack_text(pack, stage->description);
    sb_pack_u32(pack, stage->input);
    sb_pack_u32(pack, stage->output);
    sb_pack_u32(pack, stage->set != NULL);
    pack_params(pack, stage->params, stage->param_count);
  }
  sb_pack_u32(pack, classes->source_count);
  for (uint32_t i = 0; i < classes->source_count; i++) {
    const sb_source_class *source = classes->sources[i];
    sb_pack_u32(pack, source->flags);
    sb_pack_text(pack, source->type);
    sb_pack_text(pack, source->name);
    sb_pack_text(pack, source->description);
    sb_pack_u32(pack, source->set != NULL);
    pack_params(pack, source->params, source->param_count);
  }
}

/* Stands for a function that is there, in another process. */
static void elsewhere_set(void *self, uint32_t param, const sb_value *value) { (void)self, (void)param, (void)value; }

static uint32_t unpack_count(sb_unpack *unpack, uint32_t most) {
  const uint32_t count = sb_unpack_u32(unpack);
  if (count > most) unpack->failed = true;
  return unpack->failed ? 0 : count;
}

static sb_param *unpack_params(sb_unpack *unpack, uint32_t *count) {
  *count = unpack_count(unpack, MAX_PARAMS);
  sb_param *params = *count ? calloc(*count, sizeof *params) : NULL;
  if (!params) *count = 0;
  for (uint32_t i = 0; i < *count; i++) {
    params[i].id = sb_unpack_text(unpack, MAX_TEXT);
    params[i].kind = sb_unpack_u32(unpack);
    params[i].flags = sb_unpack_u32(unpack);
    params[i].unit = sb_unpack_text(unpack, MAX_TEXT);
    params[i].minimum = sb_unpack_f64(unpack);
    params[i].maximum = sb_unpack_f64(unpack);
    params[i].fallback = sb_unpack_text(unpack, MAX_TEXT);
    params[i].description = sb_unpack_text(unpack, MAX_TEXT);
    params[i].choices = sb_unpack_texts(unpack, unpack_count(unpack, MAX_CHOICES));
  }
  return params;
}

static bool is_told_twice(const sb_descriptor *descriptor) {
  for (uint32_t i = 0; i < descriptor->stage_count; i++)
    for (uint32_t j = 0; j < i; j++)
      if (strcmp(descriptor->stages[i]->type, descriptor->stages[j]->type) == 0) return true;
  for (uint32_t i = 0; i < descriptor->source_count; i++)
    for (uint32_t j = 0; j < i; j++)
      if (strcmp(descriptor->sources[i]->type, descriptor->sources[j]->type) == 0) return true;
  return false;
}

/* The same questions as when they were registered: this time they are asked here. */
static bool makes_sense(const sb_descriptor *descriptor) {
  for (uint32_t i = 0; i < descriptor->stage_count; i++)
    if (sb_stage_class_check(descriptor->stages[i], false) != SB_OK) return false;
  for (uint32_t i = 0; i < descriptor->source_count; i++)
    if (sb_source_class_check(descriptor->sources[i], false) != SB_OK) return false;
  return descriptor->stage_count + descriptor->source_count > 0 && !is_told_twice(descriptor);
}

static sb_stage_class *unpack_stage(sb_unpack *unpack) {
  sb_stage_class *stage = calloc(1, sizeof *stage);
  if (!stage) return NULL;
  stage->size = sizeof *stage;
  stage->flags = sb_unpack_u32(unpack);
  stage->type = sb_unpack_text(unpack, MAX_TEXT);
  stage->name = sb_unpack_text(unpack, MAX_TEXT);
  stage->category = sb_unpack_text(unpack, MAX_TEXT);
  stage->description = sb_unpack_text(unpack, MAX_TEXT);
  stage->input = sb_unpack_u32(unpack);
  stage->output = sb_unpack_u32(unpack);
  stage->set = sb_unpack_u32(unpack) ? elsewhere_set : NULL;
  stage->params = unpack_params(unpack, &stage->param_count);
  return stage;
}

static sb_source_class *unpack_source(sb_unpack *unpack) {
  sb_source_class *source = calloc(1, sizeof *source);
  if (!source) return NULL;
  source->size = sizeof *source;
  source->flags = sb_unpack_u32(unpack);
  source->type = sb_unpack_text(unpack, MAX_TEXT);
  source->name = sb_unpack_text(unpack, MAX_TEXT);
  source->description = sb_unpack_text(unpack, MAX_TEXT);
  source->set = sb_unpack_u32(unpack) ? elsewhere_set : NULL;
  source->params = unpack_params(unpack, &source->param_count);
  return source;
}

sb_descriptor *sb_descriptor_unpack(const uint8_t *bytes, size_t count, sb_classes *classes) {
  *classes = (sb_classes){0};
  sb_descriptor *descriptor = calloc(1, sizeof *descriptor);
  if (!descriptor) return NULL;
  descriptor->bytes = malloc(count + 1);
  descriptor->stages = calloc(MAX_CLASSES, sizeof *descriptor->stages);
  descriptor->sources = calloc(MAX_CLASSES, sizeof *descriptor->sources);
  sb_unpack unpack = {.bytes = descriptor->bytes, .count = count};
  unpack.failed = !descriptor->bytes || !descriptor->stages || !descriptor->sources;
  if (descriptor->bytes && count) memcpy(descriptor->bytes, bytes, count);
  for (uint32_t left = unpack_count(&unpack, MAX_CLASSES); left && !unpack.failed; left--) {
    const sb_stage_class *stage = descriptor->stages[descriptor->stage_count] = unpack_stage(&unpack);
    unpack.failed |= !stage;
    descriptor->stage_count += stage != NULL;
  }
  for (uint32_t left = unpack_count(&unpack, MAX_CLASSES); left && !unpack.failed; left--) {
    const sb_source_class *source = descriptor->sources[descriptor->source_count] = unpack_source(&unpack);
    unpack.failed |= !source;
    descriptor->source_count += source != NULL;
  }
  if (unpack.failed || unpack.at != count || !makes_sense(descriptor)) {
    sb_descriptor_destroy(descriptor);
    return NULL;
  }
  *classes = (sb_classes){descriptor->stages, descriptor->sources, descriptor->stage_count, descriptor->source_count};
  return descriptor;
}

static void free_params(const sb_param *params, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) free((void *)params[i].choices);
  free((void *)params);
}

void sb_descriptor_destroy(sb_descriptor *descriptor) {
  if (!descriptor) return;
  for (uint32_t i = 0; i < descriptor->stage_count; i++) {
    free_params(descriptor->stages[i]->params, descriptor->stages[i]->param_count);
    free((void *)descriptor->stages[i]);
  }
  for (uint32_t i = 0; i < descriptor->source_count; i++) {
    free_params(descriptor->sources[i]->params, descriptor->sources[i]->param_count);
    free((void *)descriptor->sources[i]);
  }
  free(descriptor->stages), free(descriptor->sources), free(descriptor->bytes), free(descriptor);
}
