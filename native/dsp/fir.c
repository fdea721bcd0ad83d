/* SPDX-License-Identifier: Apache-2.0 */
#include "fir.h"

#include <stdlib.h>
#include <string.h>

struct sb_fir {
  uint32_t count;  /* as given */
  uint32_t padded; /* with zeros at the end, to a multiple of 4 */
  sb_history history;
  float taps[];
};

sb_fir *sb_fir_create(const double *taps, uint32_t count, uint32_t stride) {
  const uint32_t padded = (count + 3) & ~3u;
  sb_fir *fir = calloc(1, sizeof *fir + padded * sizeof(float));
  if (!fir) return NULL;
  fir->count = count;
  fir->padded = padded;
  for (uint32_t i = 0; i < count; i++) fir->taps[i] = (float)taps[i];
  if (!sb_history_open(&fir->history, stride, padded - 1)) return sb_fir_destroy(fir), NULL;
  return fir;
}

void sb_fir_destroy(sb_fir *fir) {
  if (!fir) return;
  sb_history_close(&fir->history);
  free(fir);
}

void sb_fir_run(sb_fir *fir, const float *in, float *out, size_t frames) {
  const uint32_t stride = fir->history.stride;
  while (frames > 0) {
    uint32_t first;
    const uint32_t count = sb_history_push(&fir->history, in, frames, &first);
    for (uint32_t group = 0; group < stride / SB_HISTORY_LANES; group++)
      SB_ISA_PICK(sb_fir_convolve)(fir->taps, fir->padded, sb_history_row(&fir->history, group, first),
                                   out + (size_t)group * SB_HISTORY_LANES, count, stride);
    in += (size_t)count * stride, out += (size_t)count * stride, frames -= count;
  }
}

/* Before the history's bytes. */
typedef struct shape {
  uint32_t taps, stride;
} shape;

size_t sb_fir_state_bytes(const sb_fir *fir) { return sizeof(shape) + sb_history_bytes(&fir->history); }

void sb_fir_save(const sb_fir *fir, void *bytes) {
  memcpy(bytes, &(shape){fir->count, fir->history.stride}, sizeof(shape));
  sb_history_save(&fir->history, (char *)bytes + sizeof(shape));
}

bool sb_fir_load(sb_fir *fir, const void *bytes, size_t count) {
  shape found;
  if (count != sb_fir_state_bytes(fir)) return false;
  memcpy(&found, bytes, sizeof found);
  if (found.taps != fir->count || found.stride != fir->history.stride) return false;
  sb_history_load(&fir->history, (const char *)bytes + sizeof found);
  return true;
}
