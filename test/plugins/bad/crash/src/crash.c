/* SPDX-License-Identifier: Apache-2.0 */
#include "../../bad.h"

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  (void)in, (void)out;
  float *volatile nowhere = (float *)16;
  *nowhere = 1.0f;
  return SB_OK;
}

BAD_STAGE(crash, "Bad: Crash", "Writes to address 16, which is nobody's.")
