/* SPDX-License-Identifier: Apache-2.0 */
#include "../../bad.h"

static __attribute__((noinline)) int descend(volatile int depth) {
  volatile char frame[1024];
  frame[0] = (char)depth;
  return depth < 0 ? 0 : descend(depth + 1) + frame[0];
}

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  (void)in, (void)out;
  return descend(0) ? SB_OK : SB_INVALID;
}

BAD_STAGE(stack, "Bad: Stack", "Calls itself without an end.")
