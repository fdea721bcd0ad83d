/* SPDX-License-Identifier: Apache-2.0
 *
 * Hampel filter (Hampel 1974; Davies, Gather 1993): an outlier among its neighbours becomes their median.
 */
#include <math.h>
#include <moving_median.h>
#include <stagebox/stagebox.h>
#include <stdlib.h>

#include "median_bank.h"

enum { WINDOW_S, SIGMAS };

typedef struct hampel {
  double window_s;
  float sigmas;
  sb_median_bank bank;
} hampel;

static const sb_param params[] = {
    [WINDOW_S] = {.id = "window_s", .kind = SB_PARAM_NUMBER, .unit = "s", .minimum = 0.001, .maximum = 60, .fallback = "0.1",
                  .description = "Length of the window, made an odd number of frames; the output lags by half of it."},
    [SIGMAS] = {.id = "sigmas", .kind = SB_PARAM_NUMBER, .flags = SB_PARAM_LIVE, .minimum = 0, .maximum = 1000,
                .fallback = "3",
                .description = "How far from the median is an outlier, in standard deviations as estimated from the median "
                                "absolute deviation."},
};

static void set(void *self, uint32_t param, const sb_value *value) {
  if (param == SIGMAS) ((hampel *)self)->sigmas = (float)value->number;
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  hampel *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->window_s = values[WINDOW_S].number;
  set(stage, SIGMAS, &values[SIGMAS]);
  *self = stage;
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  hampel *stage = self;
  return sb_median_bank_open(&stage->bank, host, in, "window_s", stage->window_s);
}

/* 1 / the MAD of a normal distribution of variance 1. */
static const float SIGMA_PER_MAD = 1.4826022f;

static float without_outlier(const sb_moving_median *window, void *stage) {
  const float middle = sb_moving_median_sample(window, (window->window - 1) / 2), median = sb_moving_median_value(window);
  const float limit = ((hampel *)stage)->sigmas * SIGMA_PER_MAD * sb_moving_median_deviation(window, median);
  return fabsf(middle - median) <= limit ? middle : median;
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  sb_median_bank_run(&((hampel *)self)->bank, in, out, without_outlier, self);
  return SB_OK;
}

static void deactivate(void *self) { sb_median_bank_close(&((hampel *)self)->bank); }

static double latency_s(const void *self) { return sb_median_bank_latency_s(&((const hampel *)self)->bank); }

static const void *extension(const char *id) {
  static const sb_ext_latency latency = {.seconds = latency_s};
  return strcmp(id, SB_EXT_LATENCY) == 0 ? &latency : NULL;
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
    .activate = activate,
    .process = process,
    .set = set,
    .deactivate = deactivate,
    .destroy = free,
    .extension = extension,
};
