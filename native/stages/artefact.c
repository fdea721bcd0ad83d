/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds what cannot be brain: too large, too steep, flat, or at the converter's rail. Each check makes episodes on each
 * channel, which begin with the first bad sample and end when `hold_s` has passed without another.
 */
#include <math.h>
#include <stagebox/stagebox.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "edge_check.h"

enum { AMPLITUDE_UV, SLOPE_UV_PER_MS, FLAT_S, FLAT_UV, RAIL_UV, HOLD_S, PARAMS };
enum { AMPLITUDE, SLOPE, FLAT, RAIL, CHECKS };
static const char *const check_names[CHECKS] = {"amplitude", "slope", "flat", "rail"};

typedef struct channel {
  const char *name;
  float last, flat_about;       /* sample before; first sample of the present flat stretch */
  uint64_t flat_frames;         /* its length */
  uint64_t episode_end[CHECKS]; /* the first frame after the episode, hold included */
} channel;

typedef struct artefact {
  double value[PARAMS];
  double rate_hz;
  uint64_t frame, any_end; /* number of the next; end of the episode that lasts longest */
  channel *channels;
  uint32_t channel_count;
} artefact;

#define NUMBER(NAME, UNIT, HIGH, FALLBACK, TEXT) \
  {.id = NAME, .kind = SB_PARAM_NUMBER, .flags = SB_PARAM_LIVE, .unit = UNIT, .minimum = 0, .maximum = HIGH, \
   .fallback = FALLBACK, .description = TEXT}

static const sb_param params[PARAMS] = {
    [AMPLITUDE_UV] = NUMBER("amplitude_uv", "uV", 1e7, "150",
                            "A sample further from zero than this is bad, and so is one that is not a number; 0: no such check."),
    [SLOPE_UV_PER_MS] = NUMBER("slope_uv_per_ms", "uV/ms", 1e7, "0",
                               "A change from one sample to the next steeper than this is bad; 0: no such check."),
    [FLAT_S] = NUMBER("flat_s", "s", 600, "1", "A channel that has not moved for so long is bad; 0: no such check."),
    [FLAT_UV] = NUMBER("flat_uv", "uV", 1e6, "0.05",
                       "What counts as not moving: staying within this much of where the stretch began."),
    [RAIL_UV] = NUMBER("rail_uv", "uV", 1e7, "0",
                       "A sample at or beyond the converter's rail is bad (187500 for an ADS1299 at gain 24); 0: no such check."),
    [HOLD_S] = NUMBER("hold_s", "s", 60, "0.5", "An episode ends when so much time has passed without a bad sample."),
};

static void set(void *self, uint32_t param, const sb_value *value) { ((artefact *)self)->value[param] = value->number; }

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  artefact *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  for (uint32_t i = 0; i < PARAMS; i++) set(stage, i, &values[i]);
  *self = stage;
  return SB_OK;
}

static void deactivate(void *self) {
  free(((artefact *)self)->channels);
  ((artefact *)self)->channels = NULL;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  artefact *stage = self;
  const sb_status status = rate_check(host, in);
  if (status != SB_OK) return status;
  size_t names_bytes = 0;
  for (uint32_t c = 0; c < in->channels; c++) names_bytes += strlen(in->channel_names[c]) + 1;
  stage->channels = calloc(1, in->channels * sizeof *stage->channels + names_bytes);
  if (!stage->channels) return host->fail(host, SB_NO_MEMORY, "out of memory");
  char *name = (char *)(stage->channels + in->channels);
  for (uint32_t c = 0; c < in->channels; c++) {
    stage->channels[c].last = NAN;
    stage->channels[c].name = strcpy(name, in->channel_names[c]);
    name += strlen(name) + 1;
  }
  stage->channel_count = in->channels;
  stage->rate_hz = in->rate_hz;
  stage->frame = stage->any_end = 0;
  return SB_OK;
}

/* The limits in the units of the loop. */
typedef struct limits {
  float amplitude, step, flat, rail; /* INFINITY: no such check */
  uint64_t flat_frames, hold_frames;
} limits;

static float limit_or_none(double limit) { return limit > 0 ? (float)limit : INFINITY; }

static limits limits_now(const artefact *stage) {
  const double *value = stage->value;
  return (limits){
      .amplitude = limit_or_none(value[AMPLITUDE_UV]),
      .step = limit_or_none(value[SLOPE_UV_PER_MS] * 1000 / stage->rate_hz),
      .flat = value[FLAT_S] > 0 ? (float)value[FLAT_UV] : -1,
      .rail = limit_or_none(value[RAIL_UV]),
      .flat_frames = (uint64_t)ceil(value[FLAT_S] * stage->rate_hz),
      .hold_frames = (uint64_t)(value[HOLD_S] * stage->rate_hz) + 1,
  };
}

static void mark(artefact *stage, channel *c, int check, uint32_t frame, uint64_t hold_frames, sb_block *out) {
  const uint64_t now = stage->frame + frame;
  if (now >= c->episode_end[check]) {
    char label[SB_EVENT_LABEL_BYTES * 2];
    snprintf(label, sizeof label, "artefact %s %s", check_names[check], c->name);
    sb_block_add_event(out, (int32_t)frame, 0, label);
  }
  c->episode_end[check] = now + hold_frames;
  if (c->episode_end[check] > stage->any_end) stage->any_end = c->episode_end[check];
}

static inline void check_sample(artefact *stage, const limits *limit, channel *c, float sample, uint32_t frame, sb_block *out) {
  const bool still = fabsf(sample - c->flat_about) <= limit->flat;
  c->flat_frames = still ? c->flat_frames + 1 : 1;
  if (!still) c->flat_about = sample;
  if (!(fabsf(sample) <= limit->amplitude)) mark(stage, c, AMPLITUDE, frame, limit->hold_frames, out);
  if (fabsf(sample - c->last) > limit->step) mark(stage, c, SLOPE, frame, limit->hold_frames, out);
  if (still && c->flat_frames >= limit->flat_frames) mark(stage, c, FLAT, frame, limit->hold_frames, out);
  if (fabsf(sample) >= limit->rail) mark(stage, c, RAIL, frame, limit->hold_frames, out);
  c->last = sample;
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  artefact *stage = self;
  const limits limit = limits_now(stage);
  if (stage->any_end > stage->frame) out->flags |= SB_BLOCK_ARTEFACT;
  for (uint32_t f = 0; f < in->frames; f++)
    for (uint32_t c = 0; c < stage->channel_count; c++)
      check_sample(stage, &limit, &stage->channels[c], in->data[(size_t)f * in->stride + c], f, out);
  if (stage->any_end > stage->frame) out->flags |= SB_BLOCK_ARTEFACT;
  if (out->data != in->data) memcpy(out->data, in->data, (size_t)in->frames * in->stride * sizeof(float));
  stage->frame += in->frames;
  return SB_OK;
}

const sb_stage_class sb_stage_artefact = {
    .size = sizeof(sb_stage_class),
    .flags = SB_STAGE_IN_PLACE,
    .type = "artefact",
    .name = "Artefact detector",
    .category = "detect",
    .description = "Passes the signal on, marks where a channel is too large, too steep, flat or at the rail, and flags the blocks.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_SIGNAL,
    .params = params,
    .param_count = PARAMS,
    .create = create,
    .activate = activate,
    .process = process,
    .set = set,
    .deactivate = deactivate,
    .destroy = free,
};
