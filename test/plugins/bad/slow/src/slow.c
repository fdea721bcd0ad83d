/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "../../bad.h"

static double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  (void)out;
  const double end_s = now_s() + 1.5 * in->frames / in->rate_hz;
  while (now_s() < end_s) continue;
  return SB_OK;
}

BAD_STAGE(slow, "Bad: Slow", "Computes half as long again as a block lasts.")
