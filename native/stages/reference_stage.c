/* SPDX-License-Identifier: Apache-2.0 */
#include "reference_stage.h"

#include <reference.h>
#include <stdlib.h>

#include "channel_names.h"

typedef struct reference_stage {
  char **names;            /* the parameter; NULL behind the last */
  float *weight, *applied; /* [stride] each, as sb_reference_run takes them; one piece of memory */
} reference_stage;

sb_status reference_stage_create(const sb_host *host, const sb_value *values, void **self) {
  reference_stage *stage = calloc(1, sizeof *stage);
  if (stage) stage->names = sb_names_copy(&values[0]);
  if (!stage || !stage->names) {
    free(stage);
    return host->fail(host, SB_NO_MEMORY, "out of memory");
  }
  *self = stage;
  return SB_OK;
}

static sb_status choose(reference_stage *stage, const sb_host *host, const sb_format *in, const char *param, bool others) {
  for (char **name = stage->names; *name; name++) {
    uint32_t channel;
    const sb_status status = sb_channel_find(host, param, in, *name, &channel);
    if (status != SB_OK) return status;
    stage->weight[channel] = 1;
  }
  uint32_t averaged = 0;
  for (uint32_t c = 0; c < in->channels; c++) {
    if (others) stage->weight[c] = 1 - stage->weight[c];
    stage->applied[c] = others ? stage->weight[c] : 1;
    averaged += stage->weight[c] != 0;
  }
  if (averaged == 0)
    return host->fail(host, SB_INVALID, "%s: leaves no channel to average; name %s", param, others ? "fewer" : "at least one");
  for (uint32_t c = 0; c < in->channels; c++) stage->weight[c] /= (float)averaged;
  return SB_OK;
}

sb_status reference_stage_activate(void *self, const sb_host *host, const sb_format *in, const char *param, bool others) {
  reference_stage *stage = self;
  const uint32_t stride = sb_stride(in->channels, 1);
  stage->weight = calloc((size_t)2 * stride, sizeof(float));
  if (!stage->weight) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->applied = stage->weight + stride;
  const sb_status status = choose(stage, host, in, param, others);
  if (status != SB_OK) reference_stage_deactivate(stage);
  return status;
}

sb_status reference_stage_process(void *self, const sb_block *in, sb_block *out) {
  const reference_stage *stage = self;
  sb_reference_run(in->data, out->data, in->frames, in->stride, stage->weight, stage->applied);
  return SB_OK;
}

void reference_stage_deactivate(void *self) {
  reference_stage *stage = self;
  free(stage->weight);
  stage->weight = stage->applied = NULL;
}

void reference_stage_destroy(void *self) {
  free(((reference_stage *)self)->names);
  free(self);
}
