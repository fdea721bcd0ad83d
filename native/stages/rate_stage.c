/* SPDX-License-Identifier: Apache-2.0 */
#include "rate_stage.h"

#include <stdlib.h>

sb_status rate_stage_create(const sb_host *host, const sb_value *values, void **self) {
  rate_stage *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->wanted = values[0].number;
  stage->reach = (uint32_t)values[1].number;
  *self = stage;
  return SB_OK;
}

sb_status rate_stage_activate(rate_stage *stage, const sb_host *host, const sb_format *in, sb_format *out, uint32_t up, uint32_t down) {
  stage->up = up, stage->down = down;
  stage->in_rate_hz = in->rate_hz;
  stage->first_frame = 0;
  stage->flags = stage->lost_before = stage->event_count = 0;
  out->rate_hz = in->rate_hz * up / down;
  out->max_frames = (uint32_t)(((uint64_t)in->max_frames * up + down - 1) / down);
  stage->resampler = sb_resampler_create(up, down, stage->reach, sb_stride(in->channels, in->values));
  return stage->resampler ? SB_OK : host->fail(host, SB_NO_MEMORY, "out of memory");
}

/* The first output frame at or after an input frame, both counted from the first of this block: the ceiling of
 * (frame * up - position) / down. */
static int64_t output_frame(const rate_stage *stage, int64_t frame, int64_t position) {
  const int64_t distance = frame * stage->up - position, down = stage->down;
  return distance >= 0 ? (distance + down - 1) / down : -(-distance / down);
}

/* Gives an event to the output if its frame is there, or keeps it. */
static void pass_event(rate_stage *stage, const sb_block *in, sb_block *out, sb_event event, int64_t position) {
  const int64_t frame = output_frame(stage, event.frame, position);
  if (frame < out->frames && out->event_count < SB_BLOCK_MAX_EVENTS) {
    event.frame = (int32_t)frame;
    out->events[out->event_count++] = event;
  } else if (stage->event_count < SB_BLOCK_MAX_EVENTS) {
    event.frame -= (int32_t)in->frames;
    stage->events[stage->event_count++] = event;
  }
}

static void pass_events(rate_stage *stage, const sb_block *in, sb_block *out, int64_t position) {
  sb_event events[2 * SB_BLOCK_MAX_EVENTS]; /* those kept, then those of this block: out->events may be in->events */
  const uint32_t kept = stage->event_count, count = kept + in->event_count;
  memcpy(events, stage->events, kept * sizeof *events);
  if (in->event_count > 0) memcpy(events + kept, in->events, in->event_count * sizeof *events);
  stage->event_count = out->event_count = 0;
  for (uint32_t i = 0; i < count; i++) pass_event(stage, in, out, events[i], position);
}

sb_status rate_stage_process(void *self, const sb_block *in, sb_block *out) {
  rate_stage *stage = self;
  const uint64_t position = sb_resampler_position(stage->resampler);
  out->frames = (uint32_t)sb_resampler_run(stage->resampler, in->data, out->data, in->frames);
  out->first_frame = stage->first_frame;
  out->time_ns = in->time_ns + (int64_t)((double)position / stage->up * 1e9 / stage->in_rate_hz + 0.5);
  stage->first_frame += out->frames;
  pass_events(stage, in, out, (int64_t)position);

  out->flags = stage->flags |= in->flags;
  out->lost_before = stage->lost_before += in->lost_before;
  if (out->frames > 0) stage->flags = stage->lost_before = 0;
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
