/* SPDX-License-Identifier: Apache-2.0 */
#include "../../bad.h"
#include "../../evidence.h"

#undef SB_ABI_MAJOR
#define SB_ABI_MAJOR 2u

__attribute__((constructor)) static void on_load(void) { leave_evidence("constructor\n"); }

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  (void)in, (void)out;
  return SB_OK;
}

BAD_STAGE(wrong_abi, "Bad: Wrong ABI", "Was compiled for another major of the ABI.")
