/* SPDX-License-Identifier: Apache-2.0 */
#include "../../bad.h"
#include "../../evidence.h"

__attribute__((constructor)) static void on_load(void) { leave_evidence("constructor\n"); }

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  (void)in, (void)out;
  leave_evidence("process\n");
  return SB_OK;
}

BAD_STAGE(file_writer, "Bad: File writer", "Writes to a file that nobody allowed it to write, as it is loaded and with each block.")
