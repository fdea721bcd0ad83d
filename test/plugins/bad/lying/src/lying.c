/* SPDX-License-Identifier: Apache-2.0
 *
 * Three lies: SB_STAGE_IN_PLACE, though it reads its input after it has written its output (from the first block on);
 * a parameter in the manifest that the library lacks; and, after `after` blocks, a channel less than activated.
 */
#include "../../bad.h"

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  out->channels = in->channels - 1;
  return SB_OK;
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  memset(out->data, 0, (size_t)in->frames * in->stride * sizeof *out->data);
  return bad_process(self, in, out);
}

BAD_CLASS(lying, "Bad: Lying", "Is not what it says.", SB_STAGE_IN_PLACE, process)
