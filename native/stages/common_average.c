/* SPDX-License-Identifier: Apache-2.0
 *
 * The common average reference.
 */
#include <reference.h>
#include <stagebox/stagebox.h>
#include <stdlib.h>

#include "channel_names.h"

typedef struct common_average {
  char **exclude;
  float *weight, *applied; /* [stride] each */
} common_average;

enum { EXCLUDE };

static const sb_param params[] = {
    [EXCLUDE] = {.id = "exclude", .kind = SB_PARAM_NAMES, .fallback = "[]",
                 .description = "Channels that neither count in the average nor have it taken away: ECG, bad electrodes."},
};

static void destroy(void *self) {
  free(((common_average *)self)->exclude);
  free(self);
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  common_average *stage = calloc(1, sizeof *stage);
  if (stage) stage->exclude = sb_names_copy(&values[EXCLUDE]);
  if (!stage || !stage->exclude) {
    free(stage);
    return host->fail(host, SB_NO_MEMORY, "out of memory");
  }
  *self = stage;
  return SB_OK;
}

static void deactivate(void *self) {
  common_average *stage = self;
  free(stage->weight);
  stage->weight = stage->applied = NULL;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  common_average *stage = self;
  const uint32_t stride = sb_stride(in->channels, 1);
  stage->weight = calloc((size_t)2 * stride, sizeof(float));
  if (!stage->weight) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->applied = stage->weight + stride;
  for (uint32_t i = 0; i < in->channels; i++) stage->applied[i] = 1;
  uint32_t averaged = in->channels;
  for (char **name = stage->exclude; *name; name++) {
    uint32_t channel;
    const sb_status status = sb_channel_find(host, "exclude", in, *name, &channel);
    if (status != SB_OK) return deactivate(stage), status;
    averaged -= stage->applied[channel] != 0;
    stage->applied[channel] = 0;
  }
  if (averaged == 0) return deactivate(stage), host->fail(host, SB_INVALID, "exclude: leaves no channel to average; name fewer");
  for (uint32_t i = 0; i < stride; i++) stage->weight[i] = stage->applied[i] / (float)averaged;
  return SB_OK;
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  const common_average *stage = self;
  sb_reference_run(in->data, out->data, in->frames, in->stride, stage->weight, stage->applied);
  return SB_OK;
}

const sb_stage_class sb_stage_common_average = {
    .size = sizeof(sb_stage_class),
    .flags = SB_STAGE_IN_PLACE,
    .type = "common_average",
    .name = "Common average reference",
    .category = "spatial",
    .description = "Subtracts the mean of all channels from each of them.",
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
