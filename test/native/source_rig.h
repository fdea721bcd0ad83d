/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs one source as the engine would.
 *
 *     source_rig *r = source_rig_read(&sb_source_synthetic, (rig_set[]){{"seed", .number = 3}, {0}}, 1000, 32);
 *     r->out[frame * r->width + channel], r->events[i], r->format
 *     source_rig_close(r);
 */
#ifndef STAGEBOX_SOURCE_RIG_H
#define STAGEBOX_SOURCE_RIG_H

#include <stddef.h>

#include "rig_values.h"

typedef struct source_rig {
  const sb_source_class *source;
  void *self;
  sb_format format;
  float *out; /* [frames x width] */
  uint32_t width;
  size_t frames, event_count;
  sb_event *events; /* frames counted from the first of out */
} source_rig;

/* Reads `frames` frames in blocks of `block_frames`. NULL if create or activate refused; rig_error() then holds the words. */
source_rig *source_rig_read(const sb_source_class *source, const rig_set *sets, size_t frames, uint32_t block_frames);
void source_rig_close(source_rig *r);

#endif
