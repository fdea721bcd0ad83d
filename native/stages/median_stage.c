/* SPDX-License-Identifier: Apache-2.0 */
#include "median_stage.h"

#include <stdlib.h>

#include "window_frames.h"

enum { MAX_WINDOW = 4097 }; /* a sample costs a move of half as many floats */

sb_status median_stage_activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  median_stage *stage = self;
  uint32_t frames;
  const sb_status status = sb_window_frames(host, "window_s", stage->window_s, in, &frames);
  if (status != SB_OK) return status;
  const uint32_t window = frames < 3 ? 3 : frames | 1;
  if (window > MAX_WINDOW)
    return host->fail(host, SB_INVALID, "window_s: %g s is %u frames at %g Hz; choose at most %g s (%d frames)", stage->window_s,
                      window, in->rate_hz, MAX_WINDOW / in->rate_hz, MAX_WINDOW);
  stage->window = window;
  stage->channels = in->channels;
  stage->rate_hz = in->rate_hz;
  stage->begun = false;
  stage->medians = calloc(in->channels, sizeof *stage->medians);
  stage->memory = calloc((size_t)2 * window * in->channels, sizeof(float));
  if (!stage->medians || !stage->memory) {
    median_stage_deactivate(stage);
    return host->fail(host, SB_NO_MEMORY, "window_s: no memory for %g s; choose a shorter window", stage->window_s);
  }
  for (uint32_t c = 0; c < in->channels; c++) {
    float *recent = stage->memory + (size_t)2 * window * c;
    stage->medians[c] = (sb_moving_median){.window = window, .recent = recent, .sorted = recent + window};
  }
  return SB_OK;
}

sb_status median_stage_process(void *self, const sb_block *in, sb_block *out) {
  median_stage *stage = self;
  if (in->frames == 0) return SB_OK;
  for (uint32_t c = 0; c < stage->channels; c++) {
    sb_moving_median *median = &stage->medians[c];
    if (!stage->begun) sb_moving_median_begin(median, in->data[c]);
    for (size_t f = 0; f < in->frames; f++) {
      sb_moving_median_push(median, in->data[f * in->stride + c]);
      out->data[f * out->stride + c] = stage->value(stage, median);
    }
  }
  for (size_t f = 0; f < in->frames; f++)
    for (uint32_t c = stage->channels; c < out->stride; c++) out->data[f * out->stride + c] = 0;
  stage->begun = true;
  return SB_OK;
}

void median_stage_deactivate(void *self) {
  median_stage *stage = self;
  free(stage->medians), free(stage->memory);
  stage->medians = NULL, stage->memory = NULL;
}

static double latency_seconds(const void *self) {
  const median_stage *stage = self;
  return (stage->window - 1) / 2 / stage->rate_hz;
}

const void *median_stage_extension(const char *id) {
  static const sb_ext_latency latency = {latency_seconds};
  return strcmp(id, SB_EXT_LATENCY) == 0 ? &latency : NULL;
}
