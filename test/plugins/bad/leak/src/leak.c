/* SPDX-License-Identifier: Apache-2.0 */
#include "../../bad.h"

enum { LEAK_BYTES = 1 << 20 };

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  (void)in, (void)out;
  void *volatile lost = malloc(LEAK_BYTES);
  memset(lost, 1, LEAK_BYTES); /* so that it is resident; and, as in many a program, nobody looks whether it is there */
  return SB_OK;
}

BAD_STAGE(leak, "Bad: Leak", "Takes a megabyte with each block and gives none back.")
