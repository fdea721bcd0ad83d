/* SPDX-License-Identifier: Apache-2.0 */
#include "source_rig.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { MAX_PARAMS = 64, MAX_EVENTS = 4096 };

static char error[512];

static sb_status fail(const sb_host *host, sb_status status, const char *format, ...) {
  (void)host;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error, sizeof error, format, arguments);
  va_end(arguments);
  return status;
}

static const sb_host host = {.size = sizeof(sb_host), .fail = fail};

const char *source_rig_error(void) { return error; }

static double fallback_number(const sb_param *param) {
  if (param->kind == SB_PARAM_BOOLEAN) return strcmp(param->fallback, "true") == 0;
  if (param->kind == SB_PARAM_CHOICE)
    for (int i = 0; param->choices[i]; i++)
      if (strcmp(param->choices[i], param->fallback) == 0) return i;
  return param->fallback ? strtod(param->fallback, NULL) : 0;
}

source_rig *source_rig_read(const sb_source_class *source, const rig_set *sets, size_t frames, uint32_t block_frames) {
  sb_value values[MAX_PARAMS] = {0};
  error[0] = 0;
  for (uint32_t i = 0; i < source->param_count; i++) {
    values[i].number = fallback_number(&source->params[i]);
    values[i].texts = &source->params[i].fallback;
    for (const rig_set *set = sets; set && set->id; set++)
      if (strcmp(source->params[i].id, set->id) == 0)
        values[i] = (sb_value){set->number, set->rows, set->columns, set->numbers, set->texts};
  }
  source_rig *r = calloc(1, sizeof *r);
  r->source = source;
  r->format = (sb_format){.size = sizeof(sb_format), .max_frames = block_frames};
  if (source->create(&host, values, &r->self) != SB_OK) {
    free(r);
    return NULL;
  }
  if (source->activate(r->self, &host, &r->format) != SB_OK) {
    source->destroy(r->self);
    free(r);
    return NULL;
  }
  r->width = r->format.channels * r->format.values;
  const uint32_t stride = sb_stride(r->format.channels, r->format.values);
  r->out = calloc(frames, r->width * sizeof(float));
  r->events = calloc(MAX_EVENTS, sizeof(sb_event));
  float *data = aligned_alloc(64, ((size_t)block_frames * stride * 4 + 63) / 64 * 64);
  while (r->frames < frames) {
    sb_event events[SB_BLOCK_MAX_EVENTS];
    sb_block block = {.size = sizeof block, .rate_hz = r->format.rate_hz, .channels = r->format.channels,
                      .values = r->format.values, .stride = stride, .data = data, .events = events, .first_frame = r->frames};
    block.frames = frames - r->frames < block_frames ? (uint32_t)(frames - r->frames) : block_frames;
    const sb_status status = source->read(r->self, &block);
    CHECK(status >= 0);
    if (status != SB_OK) break;
    for (uint32_t i = 0; i < block.event_count && r->event_count < MAX_EVENTS; i++) {
      r->events[r->event_count] = events[i];
      r->events[r->event_count++].frame += (int32_t)r->frames;
    }
    for (uint32_t f = 0; f < block.frames; f++, r->frames++)
      memcpy(r->out + r->frames * r->width, data + (size_t)f * stride, r->width * sizeof(float));
  }
  free(data);
  return r;
}

void source_rig_close(source_rig *r) {
  if (!r) return;
  r->source->deactivate(r->self);
  r->source->destroy(r->self);
  free(r->out), free(r->events), free(r);
}
