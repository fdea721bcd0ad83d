/* SPDX-License-Identifier: Apache-2.0
 *
 * How much of an instance's state (ext/state.h) is kept: the same in this process and in one of its own, so that where
 * a plugin runs does not decide whether it survives a reload.
 */
#ifndef STAGEBOX_SAVED_STATE_H
#define STAGEBOX_SAVED_STATE_H

#include <stagebox/ext/state.h>
#include <stddef.h>

enum { SB_STATE_MAX_BYTES = 16 << 20 };

/* What its state takes; 0: it has none, or a larger one than is kept. `state` may be NULL. */
static inline uint32_t sb_saved_state_bytes(const sb_ext_state *state, const void *self) {
  const uint32_t bytes = state ? state->bytes(self) : 0;
  return bytes <= SB_STATE_MAX_BYTES ? bytes : 0;
}

#endif
