/* SPDX-License-Identifier: Apache-2.0 */
#include "../../bad.h"

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  out->frames = in->frames * 1000 + 1;
  out->stride = in->stride + 1;
  return SB_OK;
}

BAD_STAGE(wrong_size, "Bad: Wrong size", "Says that it has put out more frames than a block can hold, and rows of an odd width.")
