/* SPDX-License-Identifier: Apache-2.0
 *
 * Takes away slow drift: the mean or the straight line of a sliding window.
 */
#include <detrend.h>
#include <stagebox/stagebox.h>
#include <stdlib.h>

#include "window_frames.h"

enum { WINDOW_S, TREND };

typedef struct detrend {
  double window_s;
  bool linear;
  sb_detrend *kernel;
} detrend;

static const sb_param params[] = {
    [WINDOW_S] = {.id = "window_s", .kind = SB_PARAM_NUMBER, .unit = "s", .minimum = 0.01, .maximum = 600, .fallback = "2",
                  .description = "Length of the window that ends with the present sample."},
    [TREND] = {.id = "trend", .kind = SB_PARAM_CHOICE, .fallback = "linear",
               .choices = (const char *const[]){"constant", "linear", NULL},
               .description = "What is fitted to the window and taken away: its mean, or its best straight line."},
};

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  detrend *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->window_s = values[WINDOW_S].number;
  stage->linear = values[TREND].number != 0;
  *self = stage;
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  detrend *stage = self;
  uint32_t window;
  const sb_status status = sb_window_frames(host, "window_s", stage->window_s, in, &window);
  if (status != SB_OK) return status;
  if (window < 3)
    return host->fail(host, SB_INVALID, "window_s: %g s is less than 3 frames at %g Hz; choose at least %g s", stage->window_s,
                      in->rate_hz, 3 / in->rate_hz);
  stage->kernel = sb_detrend_create(window, sb_stride(in->channels, 1), stage->linear);
  return stage->kernel ? SB_OK : host->fail(host, SB_NO_MEMORY, "out of memory");
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  sb_detrend_run(((detrend *)self)->kernel, in->data, out->data, in->frames);
  return SB_OK;
}

static void deactivate(void *self) {
  detrend *stage = self;
  sb_detrend_destroy(stage->kernel);
  stage->kernel = NULL;
}

const sb_stage_class sb_stage_detrend = {
    .size = sizeof(sb_stage_class),
    .flags = SB_STAGE_IN_PLACE,
    .type = "detrend",
    .name = "Detrend",
    .category = "filter",
    .description = "Subtracts the mean or the best straight line of a sliding window, without delay.",
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
