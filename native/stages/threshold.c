/* SPDX-License-Identifier: Apache-2.0
 *
 * Marks where the signal crosses a level: a Schmitt trigger on each channel. It goes high at `level` and low again at
 * `level - hysteresis`; where only falling crossings count, low at `level` and high again at `level + hysteresis`.
 */
#include <stagebox/stagebox.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "channel_names.h"

enum { LEVEL, HYSTERESIS, DIRECTION, CHANNELS, LABEL, DEAD_TIME_S, PARAMS };
enum { RISING, FALLING, BOTH };
enum { UNKNOWN, LOW, HIGH };

typedef struct watch {
  uint32_t channel;
  int side;        /* LOW, HIGH; UNKNOWN until the first sample beyond either level */
  uint64_t ready;  /* frame from which the next crossing counts */
  char label[2 * SB_EVENT_LABEL_BYTES]; /* the event takes what fits of it */
} watch;

typedef struct threshold {
  double value[PARAMS];
  char **channels, *label;
  uint64_t frame; /* number of the next */
  double rate_hz;
  watch *watches;
  uint32_t watch_count;
} threshold;

static const sb_param params[PARAMS] = {
    [LEVEL] = {.id = "level", .kind = SB_PARAM_NUMBER, .flags = SB_PARAM_LIVE, .minimum = -1e9, .maximum = 1e9,
               .fallback = "100", .description = "The level, in the signal's unit."},
    [HYSTERESIS] = {.id = "hysteresis", .kind = SB_PARAM_NUMBER, .flags = SB_PARAM_LIVE, .minimum = 0,
                    .maximum = 1e9, .fallback = "0",
                    .description = "How far the signal must go back beyond the level before the next crossing counts."},
    [DIRECTION] = {.id = "direction", .kind = SB_PARAM_CHOICE, .fallback = "rising",
                   .choices = (const char *const[]){"rising", "falling", "both", NULL},
                   .description = "Which crossings are marked."},
    [CHANNELS] = {.id = "channels", .kind = SB_PARAM_NAMES, .fallback = "[]",
                  .description = "Channels that are watched; none: all."},
    [LABEL] = {.id = "label", .kind = SB_PARAM_TEXT, .fallback = "threshold",
               .description = "The events' label; the channel's name is added where more than one is watched."},
    [DEAD_TIME_S] = {.id = "dead_time_s", .kind = SB_PARAM_NUMBER, .flags = SB_PARAM_LIVE, .unit = "s", .minimum = 0,
                     .maximum = 3600, .fallback = "0",
                     .description = "After an event, crossings on the same channel are not marked for so long."},
};

static void set(void *self, uint32_t param, const sb_value *value) { ((threshold *)self)->value[param] = value->number; }

static void destroy(void *self) {
  threshold *stage = self;
  free(stage->channels), free(stage->label), free(stage);
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  threshold *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  for (uint32_t i = 0; i < PARAMS; i++) set(stage, i, &values[i]);
  stage->channels = sb_names_copy(&values[CHANNELS]);
  stage->label = strdup(values[LABEL].texts[0]);
  if (!stage->channels || !stage->label) {
    destroy(stage);
    return host->fail(host, SB_NO_MEMORY, "out of memory");
  }
  *self = stage;
  return SB_OK;
}

static void deactivate(void *self) {
  free(((threshold *)self)->watches);
  ((threshold *)self)->watches = NULL;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  threshold *stage = self;
  uint32_t named = 0;
  while (stage->channels[named]) named++;
  stage->frame = 0;
  stage->rate_hz = in->rate_hz;
  stage->watch_count = named ? named : in->channels;
  stage->watches = calloc(stage->watch_count, sizeof *stage->watches);
  if (!stage->watches) return host->fail(host, SB_NO_MEMORY, "out of memory");
  for (uint32_t i = 0; i < stage->watch_count; i++) {
    watch *w = &stage->watches[i];
    w->channel = i;
    const sb_status status = named ? sb_channel_find(host, "channels", in, stage->channels[i], &w->channel) : SB_OK;
    if (status != SB_OK) return deactivate(stage), status;
    if (stage->watch_count == 1) snprintf(w->label, sizeof w->label, "%s", stage->label);
    else snprintf(w->label, sizeof w->label, "%s %s", stage->label, in->channel_names[w->channel]);
  }
  return SB_OK;
}

static void watch_block(const threshold *stage, watch *w, const sb_block *in, sb_block *out) {
  const double level = stage->value[LEVEL], hysteresis = stage->value[HYSTERESIS];
  const int direction = (int)stage->value[DIRECTION];
  const float upper = (float)(direction == FALLING ? level + hysteresis : level);
  const float lower = (float)(direction == FALLING ? level : level - hysteresis);
  for (uint32_t f = 0; f < in->frames; f++) {
    const float sample = in->data[(size_t)f * in->stride + w->channel];
    const int side = sample >= upper ? HIGH : sample <= lower ? LOW : w->side;
    if (side == w->side) continue;
    const bool crossed = w->side != UNKNOWN && (direction == BOTH || direction == (side == HIGH ? RISING : FALLING));
    w->side = side;
    if (!crossed || stage->frame + f < w->ready) continue;
    w->ready = stage->frame + f + (uint64_t)(stage->value[DEAD_TIME_S] * stage->rate_hz + 0.5);
    sb_block_add_event(out, (int32_t)f, 0, w->label);
  }
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  threshold *stage = self;
  for (uint32_t i = 0; i < stage->watch_count; i++) watch_block(stage, &stage->watches[i], in, out);
  if (out->data != in->data) memcpy(out->data, in->data, (size_t)in->frames * in->stride * sizeof(float));
  stage->frame += in->frames;
  return SB_OK;
}

const sb_stage_class sb_stage_threshold = {
    .size = sizeof(sb_stage_class),
    .flags = SB_STAGE_IN_PLACE,
    .type = "threshold",
    .name = "Threshold",
    .category = "detect",
    .description = "Passes the signal on and marks with events where it crosses a level.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_SIGNAL,
    .params = params,
    .param_count = PARAMS,
    .create = create,
    .activate = activate,
    .process = process,
    .set = set,
    .deactivate = deactivate,
    .destroy = destroy,
};
