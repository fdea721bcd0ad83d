/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "../../bad.h"

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  (void)in;
  for (uint32_t frame = 0; frame < out->frames; frame++) out->data[(size_t)frame * out->stride] = frame % 2 ? INFINITY : NAN;
  return SB_OK;
}

BAD_STAGE(nan, "Bad: NaN", "Puts out what is not a number, and infinity.")
