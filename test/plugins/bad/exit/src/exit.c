/* SPDX-License-Identifier: Apache-2.0 */
#include "../../bad.h"

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  (void)in, (void)out;
  exit(0);
}

BAD_STAGE(exit, "Bad: Exit", "Ends its process as if all were well.")
