/* SPDX-License-Identifier: Apache-2.0
 *
 * Cuts the signal around events. Each epoch is one block, as long as the epoch, with the event at its place in it; one
 * process call gives at most one, so events that come faster than blocks wait, and are dropped once the ring has gone
 * over their samples.
 */
#include <math.h>
#include <stagebox/stagebox.h>
#include <stdbool.h>
#include <stdlib.h>
#include <strings.h>

#include "window_frames.h"

enum { LABEL, PRE_S, POST_S, AVERAGE, BASELINE, REJECT_ARTEFACTS };
enum { MAX_PENDING = 64, SPARE_BLOCKS = 4 };

typedef struct pending {
  int64_t start; /* frame */
  char label[SB_EVENT_LABEL_BYTES];
} pending;

typedef struct epoch {
  char *label;
  double pre_s, post_s, rate_hz;
  bool average, baseline, reject_artefacts;
  uint32_t pre, frames, stride; /* frames before the event, and of the whole epoch */
  uint32_t ring_frames;
  float *ring;        /* [ring_frames x stride] */
  uint8_t *artefact;  /* [ring_frames] */
  int64_t frame;      /* number of the next */
  int64_t first;      /* first one after the last gap */
  pending queue[MAX_PENDING];
  uint32_t queued;
  double *sum;        /* [frames x stride] of the epochs so far */
  uint32_t *counts;   /* [stride] epochs in sum: those that are finite throughout */
} epoch;

static const sb_param params[] = {
    [LABEL] = {.id = "label", .kind = SB_PARAM_TEXT, .fallback = "",
               .description = "Events to cut around, without regard to case; with a * at the end, all that begin so; empty: any."},
    [PRE_S] = {.id = "pre_s", .kind = SB_PARAM_NUMBER, .unit = "s", .minimum = 0, .maximum = 60, .fallback = "0.2",
               .description = "How long before the event an epoch begins."},
    [POST_S] = {.id = "post_s", .kind = SB_PARAM_NUMBER, .unit = "s", .minimum = 0.001, .maximum = 60, .fallback = "0.8",
                .description = "How long after the event it ends."},
    [AVERAGE] = {.id = "average", .kind = SB_PARAM_BOOLEAN, .fallback = "false",
                 .description = "Gives, after each epoch, the mean of all so far in place of the epoch itself."},
    [BASELINE] = {.id = "baseline", .kind = SB_PARAM_BOOLEAN, .fallback = "true",
                  .description = "Subtracts from each channel its mean over the time before the event."},
    [REJECT_ARTEFACTS] = {.id = "reject_artefacts", .kind = SB_PARAM_BOOLEAN, .fallback = "true",
                          .description = "Drops epochs that touch a block flagged by an artefact stage."},
};

static void destroy(void *self) {
  free(((epoch *)self)->label);
  free(self);
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  epoch *stage = calloc(1, sizeof *stage);
  if (stage) stage->label = strdup(values[LABEL].texts[0]);
  if (!stage || !stage->label) {
    free(stage);
    return host->fail(host, SB_NO_MEMORY, "out of memory");
  }
  stage->pre_s = values[PRE_S].number;
  stage->post_s = values[POST_S].number;
  stage->average = values[AVERAGE].number != 0;
  stage->baseline = values[BASELINE].number != 0;
  stage->reject_artefacts = values[REJECT_ARTEFACTS].number != 0;
  *self = stage;
  return SB_OK;
}

static void deactivate(void *self) {
  epoch *stage = self;
  free(stage->ring), free(stage->artefact), free(stage->sum), free(stage->counts);
  stage->ring = NULL, stage->artefact = NULL, stage->sum = NULL, stage->counts = NULL;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  epoch *stage = self;
  const sb_status status = sb_window_frames(host, "post_s", stage->pre_s + stage->post_s, in, &stage->frames);
  if (status != SB_OK) return status;
  stage->pre = (uint32_t)fmin(round(stage->pre_s * in->rate_hz), stage->frames - 1);
  stage->stride = sb_stride(in->channels, 1);
  stage->rate_hz = in->rate_hz;
  stage->ring_frames = stage->frames + SPARE_BLOCKS * in->max_frames;
  stage->frame = stage->first = 0;
  stage->queued = 0;
  stage->ring = calloc((size_t)stage->ring_frames * stage->stride, sizeof(float));
  stage->artefact = calloc(stage->ring_frames, 1);
  stage->sum = calloc((size_t)stage->frames * stage->stride, sizeof(double));
  stage->counts = calloc(stage->stride, sizeof(uint32_t));
  if (!stage->ring || !stage->artefact || !stage->sum || !stage->counts) {
    deactivate(stage);
    return host->fail(host, SB_NO_MEMORY, "post_s: no memory for epochs of %g s; choose shorter ones",
                      stage->pre_s + stage->post_s);
  }
  out->max_frames = stage->frames;
  return SB_OK;
}

static bool matches(const char *wish, const char *label) {
  const size_t length = strlen(wish);
  if (length == 0) return true;
  return wish[length - 1] == '*' ? strncasecmp(wish, label, length - 1) == 0 : strcasecmp(wish, label) == 0;
}

static void keep_block(epoch *stage, const sb_block *in) {
  for (uint32_t f = 0; f < in->frames; f++) {
    const size_t place = (size_t)((stage->frame + f) % stage->ring_frames);
    memcpy(stage->ring + place * stage->stride, in->data + (size_t)f * stage->stride, stage->stride * sizeof(float));
    stage->artefact[place] = (in->flags & SB_BLOCK_ARTEFACT) != 0;
  }
  for (uint32_t i = 0; i < in->event_count && stage->queued < MAX_PENDING; i++) {
    if (!matches(stage->label, in->events[i].label)) continue;
    pending *next = &stage->queue[stage->queued++];
    next->start = stage->frame + in->events[i].frame - stage->pre;
    memcpy(next->label, in->events[i].label, sizeof next->label);
  }
  stage->frame += in->frames;
}

/* The oldest epoch that is complete and still there, off the queue. */
static bool next_epoch(epoch *stage, pending *next) {
  for (uint32_t i = 0; i < stage->queued;) {
    const pending *p = &stage->queue[i];
    const bool complete = p->start + stage->frames <= stage->frame;
    bool usable = p->start >= stage->first && p->start >= stage->frame - stage->ring_frames;
    for (uint32_t f = 0; usable && complete && stage->reject_artefacts && f < stage->frames; f++)
      usable = !stage->artefact[(p->start + f) % stage->ring_frames];
    if (usable && !complete) {
      i++;
      continue;
    }
    *next = *p;
    memmove(&stage->queue[i], &stage->queue[i + 1], (--stage->queued - i) * sizeof *p);
    if (usable) return true;
  }
  return false;
}

static void cut(const epoch *stage, int64_t start, float *rows) {
  for (uint32_t f = 0; f < stage->frames; f++)
    memcpy(rows + (size_t)f * stage->stride, stage->ring + (size_t)((start + f) % stage->ring_frames) * stage->stride,
           stage->stride * sizeof(float));
  if (!stage->baseline || stage->pre == 0) return;
  for (uint32_t c = 0; c < stage->stride; c++) {
    double mean = 0;
    for (uint32_t f = 0; f < stage->pre; f++) mean += rows[(size_t)f * stage->stride + c] / (double)stage->pre;
    for (uint32_t f = 0; f < stage->frames; f++) rows[(size_t)f * stage->stride + c] -= (float)mean;
  }
}

static void average(epoch *stage, float *rows) {
  for (uint32_t c = 0; c < stage->stride; c++) {
    bool finite = true;
    for (uint32_t f = 0; f < stage->frames; f++) finite &= isfinite(rows[(size_t)f * stage->stride + c]) != 0;
    stage->counts[c] += finite;
    for (size_t i = c, end = (size_t)stage->frames * stage->stride; i < end; i += stage->stride) {
      if (finite) stage->sum[i] += rows[i];
      rows[i] = stage->counts[c] ? (float)(stage->sum[i] / stage->counts[c]) : 0;
    }
  }
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  epoch *stage = self;
  out->frames = out->event_count = 0;
  if (in->lost_before > 0) {
    stage->first = stage->frame;
    stage->queued = 0;
  }
  keep_block(stage, in);
  pending next;
  if (!next_epoch(stage, &next)) return SB_OK;
  cut(stage, next.start, out->data);
  if (stage->average) average(stage, out->data);
  out->frames = stage->frames;
  out->time_ns = in->time_ns + llround((double)(next.start - (stage->frame - in->frames)) * 1e9 / stage->rate_hz);
  sb_block_add_event(out, (int32_t)stage->pre, 0, next.label);
  return SB_OK;
}

const sb_stage_class sb_stage_epoch = {
    .size = sizeof(sb_stage_class),
    .type = "epoch",
    .name = "Epochs",
    .category = "detect",
    .description = "Cuts the signal around events: each epoch, or the running average of all so far, is one block with the "
                   "event in its place.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_SIGNAL,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
    .activate = activate,
    .process = process,
    .deactivate = deactivate,
    .destroy = destroy,
};
