/* SPDX-License-Identifier: Apache-2.0
 *
 * Moving median: smooths without letting spikes through and without blunting steps.
 */
#include <moving_median.h>
#include <stagebox/stagebox.h>
#include <stdlib.h>

#include "median_bank.h"

enum { WINDOW_S };

typedef struct moving_median {
  double window_s;
  sb_median_bank bank;
} moving_median;

static const sb_param params[] = {
    [WINDOW_S] = {.id = "window_s", .kind = SB_PARAM_NUMBER, .unit = "s", .minimum = 0.001, .maximum = 60, .fallback = "0.1",
                  .description = "Length of the window, made an odd number of frames; the output lags by half of it."},
};

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  moving_median *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->window_s = values[WINDOW_S].number;
  *self = stage;
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  moving_median *stage = self;
  return sb_median_bank_open(&stage->bank, host, in, "window_s", stage->window_s);
}

static float median(const sb_moving_median *window, void *context) {
  (void)context;
  return sb_moving_median_value(window);
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  sb_median_bank_run(&((moving_median *)self)->bank, in, out, median, NULL);
  return SB_OK;
}

static void deactivate(void *self) { sb_median_bank_close(&((moving_median *)self)->bank); }

static double latency_s(const void *self) { return sb_median_bank_latency_s(&((const moving_median *)self)->bank); }

static const void *extension(const char *id) {
  static const sb_ext_latency latency = {.seconds = latency_s};
  return strcmp(id, SB_EXT_LATENCY) == 0 ? &latency : NULL;
}

const sb_stage_class sb_stage_moving_median = {
    .size = sizeof(sb_stage_class),
    .flags = SB_STAGE_IN_PLACE,
    .type = "moving_median",
    .name = "Moving median",
    .category = "filter",
    .description = "The median of a sliding window: takes spikes away and keeps steps. Samples that are not finite are passed over.",
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
