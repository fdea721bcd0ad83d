/* SPDX-License-Identifier: Apache-2.0
 *
 * Hampel filter (Hampel 1974; Davies, Gather 1993): an outlier among its neighbours becomes their median.
 */
#include <math.h>
#include <stdlib.h>

#include "median_stage.h"

enum { WINDOW_S, SIGMAS };

typedef struct hampel {
  median_stage base;
  float sigmas;
} hampel;

static const sb_param params[] = {
    [WINDOW_S] = MEDIAN_STAGE_WINDOW_S,
    [SIGMAS] = {.id = "sigmas", .kind = SB_PARAM_NUMBER, .flags = SB_PARAM_LIVE, .minimum = 0, .maximum = 1000,
                .fallback = "3",
                .description = "How far from the median is an outlier, in standard deviations as estimated from the median "
                                "absolute deviation."},
};

/* 1 / the MAD of a normal distribution of variance 1. */
static const float SIGMA_PER_MAD = 1.4826022f;

static float without_outlier(const median_stage *stage, const sb_moving_median *window) {
  const float middle = sb_moving_median_sample(window, (window->window - 1) / 2), median = sb_moving_median_value(window);
  const float limit = ((const hampel *)stage)->sigmas * SIGMA_PER_MAD * sb_moving_median_deviation(window, median);
  return fabsf(middle - median) <= limit ? middle : median;
}

static void set(void *self, uint32_t param, const sb_value *value) {
  if (param == SIGMAS) ((hampel *)self)->sigmas = (float)value->number;
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  hampel *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->base = (median_stage){.value = without_outlier, .window_s = values[WINDOW_S].number};
  set(stage, SIGMAS, &values[SIGMAS]);
  *self = stage;
  return SB_OK;
}

const sb_stage_class sb_stage_hampel = {
    .size = sizeof(sb_stage_class),
    .flags = SB_STAGE_IN_PLACE,
    .type = "hampel",
    .name = "Hampel filter",
    .category = "filter",
    .description = "Replaces outliers, and samples that are not finite, by the median of the window around them.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_SIGNAL,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
    .activate = median_stage_activate,
    .process = median_stage_process,
    .set = set,
    .deactivate = median_stage_deactivate,
    .destroy = free,
    .extension = median_stage_extension,
};
