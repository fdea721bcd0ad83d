/* SPDX-License-Identifier: Apache-2.0 */
#include "../../bad.h"

enum { OVERRUN_BYTES = 4096 };

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  (void)in;
  float *volatile end = out->data + (size_t)out->frames * out->stride;
  memset(end, 0x55, OVERRUN_BYTES);
  return SB_OK;
}

BAD_STAGE(overrun, "Bad: Overrun", "Writes behind the end of its output.")
