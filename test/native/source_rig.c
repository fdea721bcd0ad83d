/* SPDX-License-Identifier: Apache-2.0 */
#include "source_rig.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { MAX_EVENTS = 4096 };

source_rig *source_rig_read(const sb_source_class *source, const rig_set *sets, size_t frames, uint32_t block_frames) {
  rig_values values;
  rig_error_clear();
  if (!rig_values_fill(&values, source->params, source->param_count, sets)) return NULL;
  source_rig *r = calloc(1, sizeof *r);
  r->source = source;
  r->format = (sb_format){.size = sizeof(sb_format), .max_frames = block_frames};
  if (source->create(&rig_host, values.values, &r->self) != SB_OK) {
    free(r);
    return NULL;
  }
  if (source->activate(r->self, &rig_host, &r->format) != SB_OK) {
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
