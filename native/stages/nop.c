/* SPDX-License-Identifier: Apache-2.0
 *
 * The smallest stage: what it is given, it passes on. Copy it to begin one of your own.
 */
#include <stagebox/stagebox.h>

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  (void)host, (void)values;
  *self = NULL;
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)self, (void)host, (void)in, (void)out;
  return SB_OK;
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  (void)self;
  if (out->data != in->data) memcpy(out->data, in->data, sizeof(float) * in->frames * in->stride);
  return SB_OK;
}

static void deactivate(void *self) { (void)self; }

static void destroy(void *self) { (void)self; }

const sb_stage_class sb_stage_nop = {
    .size = sizeof(sb_stage_class),
    .flags = SB_STAGE_IN_PLACE,
    .type = "nop",
    .name = "Pass through",
    .category = "utility",
    .description = "Passes its input on unchanged.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_SIGNAL,
    .create = create,
    .activate = activate,
    .process = process,
    .deactivate = deactivate,
    .destroy = destroy,
};
