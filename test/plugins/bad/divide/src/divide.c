/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>

#include "../../bad.h"

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  (void)in, (void)out;
#if defined(__x86_64__)
  volatile int one = 1, zero = 0;
  one = one / zero;
#else
  raise(SIGFPE); /* a division by zero is 0 on ARM */
#endif
  return SB_OK;
}

BAD_STAGE(divide, "Bad: Divide", "Divides by zero.")
