/* SPDX-License-Identifier: Apache-2.0
 *
 * Moving RMS: the envelope of a rhythm or of muscle activity.
 */
#include <moving_rms.h>
#include <stagebox/stagebox.h>
#include <stdlib.h>

#include "window_frames.h"

enum { WINDOW_S };

typedef struct rms {
  double window_s;
  sb_moving_rms *kernel;
} rms;

static const sb_param params[] = {
    [WINDOW_S] = {.id = "window_s", .kind = SB_PARAM_NUMBER, .unit = "s", .minimum = 0.001, .maximum = 600, .fallback = "0.25",
                  .description = "Length of the window that ends with the present sample."},
};

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  rms *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->window_s = values[WINDOW_S].number;
  *self = stage;
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  rms *stage = self;
  uint32_t window;
  const sb_status status = sb_window_frames(host, "window_s", stage->window_s, in, &window);
  if (status != SB_OK) return status;
  stage->kernel = sb_moving_rms_create(window, sb_stride(in->channels, 1));
  return stage->kernel ? SB_OK : host->fail(host, SB_NO_MEMORY, "out of memory");
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  sb_moving_rms_run(((rms *)self)->kernel, in->data, out->data, in->frames);
  return SB_OK;
}

static void deactivate(void *self) {
  rms *stage = self;
  sb_moving_rms_destroy(stage->kernel);
  stage->kernel = NULL;
}

const sb_stage_class sb_stage_rms = {
    .size = sizeof(sb_stage_class),
    .flags = SB_STAGE_IN_PLACE,
    .type = "rms",
    .name = "Moving RMS",
    .category = "statistics",
    .description = "Root mean square over a sliding window: the envelope of a band or of muscle activity.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_SIGNAL,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
    .activate = activate,
    .process = process,
    .deactivate = deactivate,
    .destroy = free,
};
