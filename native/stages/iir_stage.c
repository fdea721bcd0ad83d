/* SPDX-License-Identifier: Apache-2.0 */
#include "iir_stage.h"

#include <stdlib.h>

/* Before the state's bytes: only a filter of the same shape takes them over. */
typedef struct shape {
  uint32_t sections, stride;
} shape;

sb_status iir_stage_activate(iir_stage *stage, const sb_host *host, const sb_format *in, const char *edge) {
  sb_cascade cascade;
  stage->rate_hz = in->rate_hz;
  stage->changed = false;
  if (!stage->design(stage, &cascade))
    return host->fail(host, SB_INVALID,
                      "%s: so near to 0 Hz the filter is not stable at a rate of %g Hz; raise it, or decimate first", edge,
                      in->rate_hz);
  stage->sections = cascade.count;
  stage->stride = sb_stride(in->channels, in->values);
  stage->bank = sb_biquad_create(&cascade, stage->stride, false);
  return stage->bank ? SB_OK : host->fail(host, SB_NO_MEMORY, "out of memory");
}

sb_status iir_stage_process(void *self, const sb_block *in, sb_block *out) {
  iir_stage *stage = self;
  sb_cascade cascade;
  if (stage->changed && stage->design(stage, &cascade)) sb_biquad_change(stage->bank, &cascade);
  stage->changed = false;
  if (stage->settle && in->frames > 0) {
    sb_biquad_settle(stage->bank, in->data);
    stage->settle = false;
  }
  sb_biquad_run(stage->bank, in->data, out->data, in->frames);
  return SB_OK;
}

void iir_stage_deactivate(void *self) {
  iir_stage *stage = self;
  sb_biquad_destroy(stage->bank);
  stage->bank = NULL;
}

static uint32_t state_bytes(const void *self) {
  return (uint32_t)(sizeof(shape) + sb_biquad_state_bytes(((const iir_stage *)self)->bank));
}

static void state_save(const void *self, void *out) {
  const iir_stage *stage = self;
  memcpy(out, &(shape){stage->sections, stage->stride}, sizeof(shape));
  sb_biquad_save(stage->bank, (char *)out + sizeof(shape));
}

static sb_status state_load(void *self, const void *bytes, uint32_t count) {
  iir_stage *stage = self;
  shape found;
  if (count != state_bytes(stage)) return SB_INVALID;
  memcpy(&found, bytes, sizeof found);
  if (found.sections != stage->sections || found.stride != stage->stride) return SB_INVALID;
  sb_biquad_load(stage->bank, (const char *)bytes + sizeof found);
  stage->settle = false;
  return SB_OK;
}

const void *iir_stage_extension(const char *id) {
  static const sb_ext_state state = {state_bytes, state_save, state_load};
  return strcmp(id, SB_EXT_STATE) == 0 ? &state : NULL;
}
