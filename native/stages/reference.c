/* SPDX-License-Identifier: Apache-2.0
 *
 * Re-reference to some of the channels: linked ears, mastoids, Cz.
 */
#include <reference.h>
#include <stagebox/stagebox.h>
#include <stdlib.h>

#include "channel_names.h"

typedef struct reference {
  char **channels;
  float *weight, *applied; /* [stride] each */
} reference;

enum { CHANNELS };

static const sb_param params[] = {
    [CHANNELS] = {.id = "channels", .kind = SB_PARAM_NAMES, .flags = SB_PARAM_REQUIRED,
                  .description = "Channels whose mean is the new reference; they stay in the output."},
};

static void destroy(void *self) {
  free(((reference *)self)->channels);
  free(self);
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  reference *stage = calloc(1, sizeof *stage);
  if (stage) stage->channels = sb_names_copy(&values[CHANNELS]);
  if (!stage || !stage->channels) {
    free(stage);
    return host->fail(host, SB_NO_MEMORY, "out of memory");
  }
  *self = stage;
  return SB_OK;
}

static void deactivate(void *self) {
  reference *stage = self;
  free(stage->weight);
  stage->weight = stage->applied = NULL;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  reference *stage = self;
  const uint32_t stride = sb_stride(in->channels, 1);
  stage->weight = calloc((size_t)2 * stride, sizeof(float));
  if (!stage->weight) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->applied = stage->weight + stride;
  for (uint32_t i = 0; i < in->channels; i++) stage->applied[i] = 1;
  uint32_t averaged = 0;
  for (char **name = stage->channels; *name; name++) {
    uint32_t channel;
    const sb_status status = sb_channel_find(host, "channels", in, *name, &channel);
    if (status != SB_OK) return deactivate(stage), status;
    averaged += stage->weight[channel] == 0;
    stage->weight[channel] = 1;
  }
  if (averaged == 0) return deactivate(stage), host->fail(host, SB_INVALID, "channels: is empty; name at least one channel");
  for (uint32_t i = 0; i < stride; i++) stage->weight[i] /= (float)averaged;
  return SB_OK;
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  const reference *stage = self;
  sb_reference_run(in->data, out->data, in->frames, in->stride, stage->weight, stage->applied);
  return SB_OK;
}

const sb_stage_class sb_stage_reference = {
    .size = sizeof(sb_stage_class),
    .flags = SB_STAGE_IN_PLACE,
    .type = "reference",
    .name = "Reference",
    .category = "spatial",
    .description = "Subtracts the mean of the named channels (A1 and A2: linked ears) from every channel.",
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
