/* SPDX-License-Identifier: Apache-2.0
 *
 * From an electrocardiogram to heart beats: one frame a beat, at the time of its R peak.
 */
#include <math.h>
#include <qrs.h>
#include <stagebox/stagebox.h>
#include <stdlib.h>
#include <strings.h>

#include "channel_names.h"
#include "edge_check.h"
#include "event_hold.h"

enum { CHANNEL };
enum { RR_S, RATE_BPM, VALUES };
static const char *const value_names[VALUES] = {"rr_s", "rate_bpm"};
static const double LOWEST_RATE_HZ = 100, SHORTEST_RR_S = 0.1;

typedef struct r_peaks {
  char *wish; /* name of the channel, or "" */
  uint32_t channel;
  const char *name[1];
  double rate_hz;
  int64_t frame;     /* number of the next input frame, lost ones counted */
  int64_t last_peak; /* frame, or negative: none yet, or frames were lost since */
  sb_qrs *qrs;
  sb_event_hold events;
} r_peaks;

static const sb_param params[] = {
    [CHANNEL] = {.id = "channel", .kind = SB_PARAM_TEXT, .fallback = "",
                 .description = "The channel with the electrocardiogram; empty: the first whose name has ECG, EKG or MLII in it or is that of a "
                                "limb lead (II before I, III, aVR, aVL and aVF), or else the first of all."},
};

static void destroy(void *self) {
  free(((r_peaks *)self)->wish);
  free(self);
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  r_peaks *stage = calloc(1, sizeof *stage);
  if (stage) stage->wish = strdup(values[CHANNEL].texts[0]);
  if (!stage || !stage->wish) {
    free(stage);
    return host->fail(host, SB_NO_MEMORY, "out of memory");
  }
  *self = stage;
  return SB_OK;
}

static int has_word(const char *name, const char *word) { return strcasestr(name, word) != NULL; }

static int is_word(const char *name, const char *word) {
  return strcasecmp(name, word) == 0 || (strncasecmp(name, "lead ", 5) == 0 && strcasecmp(name + 5, word) == 0);
}

/* The channel that most looks like an electrocardiogram by its name; the first where none does. */
static uint32_t likely_channel(const sb_format *in) {
  static const struct {
    int (*matches)(const char *name, const char *word);
    const char *word;
  } signs[] = {{has_word, "ECG"}, {has_word, "EKG"}, {has_word, "MLII"}, {is_word, "II"}, {is_word, "I"},
               {is_word, "III"},  {is_word, "aVR"},  {is_word, "aVL"},   {is_word, "aVF"}};
  for (size_t sign = 0; sign < sizeof signs / sizeof *signs; sign++)
    for (uint32_t c = 0; c < in->channels; c++)
      if (signs[sign].matches(in->channel_names[c], signs[sign].word)) return c;
  return 0;
}

static void deactivate(void *self) {
  sb_qrs_destroy(((r_peaks *)self)->qrs);
  ((r_peaks *)self)->qrs = NULL;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  r_peaks *stage = self;
  sb_status status = rate_check(host, in);
  if (status != SB_OK) return status;
  if (in->rate_hz < LOWEST_RATE_HZ)
    return host->fail(host, SB_INVALID, "input: its rate, %g Hz, is too low for an R peak; give at least %g Hz", in->rate_hz,
                      LOWEST_RATE_HZ);
  stage->channel = likely_channel(in);
  if (*stage->wish) {
    status = sb_channel_find(host, "channel", in, stage->wish, &stage->channel);
    if (status != SB_OK) return status;
  }
  stage->qrs = sb_qrs_create(in->rate_hz);
  if (!stage->qrs) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->rate_hz = in->rate_hz;
  stage->frame = 0;
  stage->last_peak = -1;
  stage->events.count = 0;
  stage->name[0] = in->channel_names[stage->channel];
  out->rate_hz = 0;
  out->channels = 1;
  out->channel_names = stage->name;
  out->values = VALUES;
  out->value_names = value_names;
  out->unit = "1";
  out->max_frames = (uint32_t)(in->max_frames / (SHORTEST_RR_S * in->rate_hz)) + SB_QRS_MAX_BEATS + 1;
  return SB_OK;
}

/* `first` is the number of the block's first frame. */
static void put_beat(r_peaks *stage, int64_t peak, const sb_block *in, int64_t first, sb_block *out) {
  float *row = out->data + (size_t)out->frames * out->stride;
  memset(row, 0, out->stride * sizeof *row);
  const double rr_s = stage->last_peak < 0 ? NAN : (double)(peak - stage->last_peak) / stage->rate_hz;
  row[RR_S] = (float)rr_s;
  row[RATE_BPM] = (float)(60 / rr_s);
  stage->last_peak = peak;
  out->times_ns[out->frames] = in->time_ns + (int64_t)llround((double)(peak - first) * 1e9 / stage->rate_hz);
  sb_event_hold_release(&stage->events, peak - first, out, out->frames++);
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  r_peaks *stage = self;
  sb_event_hold_take(&stage->events, in, out);
  if (in->lost_before > 0) {
    sb_qrs_skip(stage->qrs, in->lost_before);
    stage->frame += in->lost_before;
    stage->last_peak = -1;
  }
  out->frames = 0;
  for (uint32_t f = 0; f < in->frames; f++) {
    int64_t beats[SB_QRS_MAX_BEATS];
    const uint32_t count = sb_qrs_push(stage->qrs, in->data[(size_t)f * in->stride + stage->channel], beats);
    for (uint32_t i = 0; i < count; i++) put_beat(stage, beats[i], in, stage->frame, out);
  }
  if (out->frames > 0) out->time_ns = out->times_ns[0];
  stage->frame += in->frames;
  sb_event_hold_advance(&stage->events, in->frames);
  return SB_OK;
}

const sb_stage_class sb_stage_r_peaks = {
    .size = sizeof(sb_stage_class),
    .type = "r_peaks",
    .name = "R peaks",
    .category = "detect",
    .description = "Finds the heart beats of an electrocardiogram: one frame a beat at the time of its R peak, with the "
                   "interval since the last beat (not a number for the first beat and after a gap) and the rate.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_FEATURES,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
    .activate = activate,
    .process = process,
    .deactivate = deactivate,
    .destroy = destroy,
};
