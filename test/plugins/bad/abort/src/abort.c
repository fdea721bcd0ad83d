/* SPDX-License-Identifier: Apache-2.0 */
#include "../../bad.h"

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  (void)in, (void)out;
  abort();
}

BAD_STAGE(abort, "Bad: Abort", "Gives up with abort().")
