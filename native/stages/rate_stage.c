/* SPDX-License-Identifier: Apache-2.0 */
#include "rate_stage.h"

#include <stdlib.h>

enum { MAX_FLOATS = 1 << 25 /* of the past: 128 MB */ };

sb_status rate_stage_create(const sb_host *host, const sb_value *values, void **self) {
  rate_stage *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->wanted = values[0].number;
  stage->reach = (uint32_t)values[1].number;
  *self = stage;
  return SB_OK;
}

sb_status rate_stage_activate(rate_stage *stage, const sb_host *host, const sb_format *in, sb_format *out, uint32_t up,
                              uint32_t down) {
  stage->up = up, stage->down = down;
  stage->in_rate_hz = in->rate_hz;
  stage->events.count = 0;
  out->rate_hz = in->rate_hz * up / down;
  out->max_frames = (uint32_t)(((uint64_t)in->max_frames * up + down - 1) / down);
  const uint64_t kept = 2ull * stage->reach * (up > down ? up : down) / up * sb_stride(in->channels, 1);
  if (kept > MAX_FLOATS)
    return host->fail(host, SB_INVALID, "reach: %u samples at the lower rate of %u channels are too many to keep; choose less",
                      stage->reach, in->channels);
  stage->resampler = sb_resampler_create(up, down, stage->reach, sb_stride(in->channels, in->values));
  return stage->resampler ? SB_OK : host->fail(host, SB_NO_MEMORY, "out of memory");
}

sb_status rate_stage_process(void *self, const sb_block *in, sb_block *out) {
  rate_stage *stage = self;
  const uint64_t position = sb_resampler_position(stage->resampler);
  sb_event_hold_take(&stage->events, in, out);
  out->frames = (uint32_t)sb_resampler_run(stage->resampler, in->data, out->data, in->frames);
  out->time_ns = in->time_ns + (int64_t)((double)position / stage->up * 1e9 / stage->in_rate_hz + 0.5);
  for (uint32_t frame = 0; frame < out->frames && stage->events.count > 0; frame++)
    sb_event_hold_release(&stage->events, (int64_t)((position + (uint64_t)frame * stage->down) / stage->up), out, frame);
  sb_event_hold_advance(&stage->events, in->frames);
  return SB_OK;
}

void rate_stage_deactivate(void *self) {
  rate_stage *stage = self;
  sb_resampler_destroy(stage->resampler);
  stage->resampler = NULL;
}

static double latency_seconds(const void *self) {
  const rate_stage *stage = self;
  return sb_resampler_delay(stage->resampler) / stage->in_rate_hz;
}

const void *rate_stage_extension(const char *id) {
  static const sb_ext_latency latency = {latency_seconds};
  return strcmp(id, SB_EXT_LATENCY) == 0 ? &latency : NULL;
}
