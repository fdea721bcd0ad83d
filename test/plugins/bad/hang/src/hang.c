/* SPDX-License-Identifier: Apache-2.0 */
#include "../../bad.h"

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  (void)in, (void)out;
  volatile int is_stuck = 1;
  while (is_stuck) continue;
  return SB_OK;
}

BAD_STAGE(hang, "Bad: Hang", "Never comes back from a block.")
