/* SPDX-License-Identifier: Apache-2.0 */
#include "../../bad.h"

enum { LEAK_BYTES = 1 << 20, PAGE_BYTES = 1 << 12 };

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  (void)in, (void)out;
  volatile char *lost = (volatile char *)malloc(LEAK_BYTES); /* as in many a program, nobody looks whether it is there */
  for (int i = 0; i < LEAK_BYTES; i += PAGE_BYTES) lost[i] = 1; /* so that it is resident */
  return SB_OK;
}

BAD_STAGE(leak, "Bad: Leak", "Takes a megabyte with each block and gives none back.")
