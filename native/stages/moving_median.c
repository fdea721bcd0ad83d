/* SPDX-License-Identifier: Apache-2.0
 *
 * Moving median: smooths without letting spikes through and without blunting steps.
 */
#include <stdlib.h>

#include "median_stage.h"

static const sb_param params[] = {MEDIAN_STAGE_WINDOW_S};

static float median(const median_stage *stage, const sb_moving_median *window) {
  (void)stage;
  return sb_moving_median_value(window);
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  median_stage *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  *stage = (median_stage){.value = median, .window_s = values[0].number};
  *self = stage;
  return SB_OK;
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
    .activate = median_stage_activate,
    .process = median_stage_process,
    .deactivate = median_stage_deactivate,
    .destroy = free,
    .extension = median_stage_extension,
};
