/* SPDX-License-Identifier: Apache-2.0
 *
 * The mean of the latest frames: the simplest smoother.
 */
#include "moving_average.h"

#include <stagebox/stagebox.h>
#include <stdlib.h>

#include "window_frames.h"

typedef struct moving_average {
  double window_s, latency_s;
  sb_moving_average *average;
} moving_average;

enum { WINDOW_S };

static const sb_param params[] = {
    [WINDOW_S] = {.id = "window_s", .kind = SB_PARAM_NUMBER, .unit = "s", .minimum = 0, .maximum = 3600, .fallback = "0.1",
                  .description = "Length of the mean, rounded to whole frames, at least one."},
};

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  moving_average *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->window_s = values[WINDOW_S].number;
  *self = stage;
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  moving_average *stage = self;
  uint32_t window;
  const sb_status status = sb_window_frames(host, "window_s", stage->window_s, in, &window);
  if (status != SB_OK) return status;
  stage->latency_s = (window - 1) / 2.0 / in->rate_hz;
  stage->average = sb_moving_average_create(window, sb_stride(in->channels, 1));
  return stage->average ? SB_OK : host->fail(host, SB_NO_MEMORY, "out of memory");
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  sb_moving_average_run(((moving_average *)self)->average, in->data, out->data, in->frames);
  return SB_OK;
}

static void deactivate(void *self) {
  moving_average *stage = self;
  sb_moving_average_destroy(stage->average);
  stage->average = NULL;
}

static double latency_seconds(const void *self) { return ((const moving_average *)self)->latency_s; }

static const void *extension(const char *id) {
  static const sb_ext_latency latency = {latency_seconds};
  return strcmp(id, SB_EXT_LATENCY) == 0 ? &latency : NULL;
}

const sb_stage_class sb_stage_moving_average = {
    .size = sizeof(sb_stage_class),
    .flags = SB_STAGE_IN_PLACE,
    .type = "moving_average",
    .name = "Moving average",
    .category = "filter",
    .description = "The mean of the latest frames of each channel.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_SIGNAL,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
    .activate = activate,
    .process = process,
    .deactivate = deactivate,
    .destroy = free,
    .extension = extension,
};
