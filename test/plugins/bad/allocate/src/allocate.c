/* SPDX-License-Identifier: Apache-2.0 */
#include "../../bad.h"

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  const size_t bytes = (size_t)in->frames * in->stride * sizeof(float);
  float *volatile scratch = malloc(bytes);
  if (!scratch) return SB_NO_MEMORY;
  memcpy(scratch, in->data, bytes);
  memcpy(out->data, scratch, bytes);
  free(scratch);
  return SB_OK;
}

BAD_STAGE(allocate, "Bad: Allocate", "Takes memory and gives it back while it computes.")
