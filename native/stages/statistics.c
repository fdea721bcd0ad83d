/* SPDX-License-Identifier: Apache-2.0
 *
 * What a window of the signal looks like in six numbers a channel.
 */
#include <math.h>
#include <stagebox/stagebox.h>
#include <statistics.h>
#include <stdlib.h>

#include "event_hold.h"
#include "window_frames.h"

enum { WINDOW_S, HOP_S };
enum { MAX_WORK = 1 << 17 }; /* floats looked at for each input frame: an output looks at its whole window */
enum { MEAN, STD, RMS, MIN, MAX, PEAK_TO_PEAK, VALUES };

static const char *const value_names[VALUES] = {"mean", "std", "rms", "min", "max", "peak_to_peak"};

typedef struct statistics {
  double window_s, hop_s;
  uint32_t window, hop, stride, channels;
  uint32_t place, until_next; /* next row of the ring; frames until the next output */
  float *ring;                /* [window x stride] */
  sb_statistics now;
  sb_event_hold events;
} statistics;

static const sb_param params[] = {
    [WINDOW_S] = {.id = "window_s", .kind = SB_PARAM_NUMBER, .unit = "s", .minimum = 0.001, .maximum = 600, .fallback = "1",
                  .description = "Length of a window."},
    [HOP_S] = {.id = "hop_s", .kind = SB_PARAM_NUMBER, .unit = "s", .minimum = 0.001, .maximum = 600, .fallback = "0.25",
               .description = "Time from one window to the next."},
};

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  statistics *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->window_s = values[WINDOW_S].number;
  stage->hop_s = values[HOP_S].number;
  *self = stage;
  return SB_OK;
}

static void deactivate(void *self) {
  statistics *stage = self;
  free(stage->ring), free(stage->now.mean), free(stage->now.minimum);
  stage->ring = stage->now.minimum = NULL, stage->now.mean = NULL;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  statistics *stage = self;
  sb_status status = sb_window_frames(host, "window_s", stage->window_s, in, &stage->window);
  if (status == SB_OK) status = sb_window_frames(host, "hop_s", stage->hop_s, in, &stage->hop);
  if (status != SB_OK) return status;
  const double least_hop = ceil((double)stage->window * sb_stride(in->channels, 1) / MAX_WORK);
  if (stage->hop < least_hop)
    return host->fail(host, SB_INVALID, "hop_s: every %g s is too often for a window of %g s of %u channels; choose at least %g s",
                      stage->hop_s, stage->window_s, in->channels, least_hop / in->rate_hz);
  stage->channels = in->channels;
  stage->stride = sb_stride(in->channels, 1);
  stage->place = 0;
  stage->until_next = stage->window;
  stage->events.count = 0;
  stage->ring = calloc((size_t)stage->window * stage->stride, sizeof(float));
  stage->now.mean = calloc((size_t)3 * stage->stride, sizeof(double));
  stage->now.minimum = calloc((size_t)2 * stage->stride, sizeof(float));
  if (!stage->ring || !stage->now.mean || !stage->now.minimum) {
    deactivate(stage);
    return host->fail(host, SB_NO_MEMORY, "window_s: no memory for %g s; choose a shorter window", stage->window_s);
  }
  stage->now.variance = stage->now.mean + stage->stride;
  stage->now.power = stage->now.variance + stage->stride;
  stage->now.maximum = stage->now.minimum + stage->stride;
  out->values = VALUES;
  out->value_names = value_names;
  out->rate_hz = in->rate_hz / stage->hop;
  out->max_frames = in->max_frames / stage->hop + 1;
  return SB_OK;
}

static void write_row(const statistics *stage, float *row) {
  for (uint32_t c = 0; c < stage->channels; c++) {
    const float values[VALUES] = {
        [MEAN] = (float)stage->now.mean[c],   [STD] = (float)sqrt(stage->now.variance[c]),
        [RMS] = (float)sqrt(stage->now.power[c]), [MIN] = stage->now.minimum[c],
        [MAX] = stage->now.maximum[c],        [PEAK_TO_PEAK] = stage->now.maximum[c] - stage->now.minimum[c],
    };
    for (uint32_t v = 0; v < VALUES; v++) row[v * stage->channels + c] = values[v];
  }
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  statistics *stage = self;
  sb_event_hold_take(&stage->events, in, out);
  out->frames = 0;
  for (uint32_t f = 0; f < in->frames; f++) {
    memcpy(stage->ring + (size_t)stage->place * stage->stride, in->data + (size_t)f * stage->stride,
           stage->stride * sizeof(float));
    if (++stage->place == stage->window) stage->place = 0;
    if (--stage->until_next > 0) continue;
    stage->until_next = stage->hop;
    sb_statistics_run(&stage->now, stage->ring, stage->window, stage->stride);
    float *row = out->data + (size_t)out->frames * out->stride;
    write_row(stage, row);
    memset(row + VALUES * stage->channels, 0, (out->stride - VALUES * stage->channels) * sizeof *row);
    if (out->frames == 0) out->time_ns = sb_block_time_ns(in, f);
    sb_event_hold_release(&stage->events, f, out, out->frames++);
  }
  sb_event_hold_advance(&stage->events, in->frames);
  return SB_OK;
}

const sb_stage_class sb_stage_statistics = {
    .size = sizeof(sb_stage_class),
    .type = "statistics",
    .name = "Statistics",
    .category = "statistics",
    .description = "Mean, standard deviation, RMS, minimum, maximum and peak to peak of each channel over a sliding window.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_FEATURES,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
    .activate = activate,
    .process = process,
    .deactivate = deactivate,
    .destroy = free,
};
