/* SPDX-License-Identifier: Apache-2.0
 *
 * Extension "stagebox.state": an instance's running state as bytes, so that a new instance (of a new version,
 * or with other parameters) goes on where the old one stood.
 */
#ifndef STAGEBOX_EXT_STATE_H
#define STAGEBOX_EXT_STATE_H

#include <stdint.h>

#include "../status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SB_EXT_STATE "stagebox.state"

typedef struct sb_ext_state {
  /* Bytes that save writes for this instance as it is activated; of a plugin's, more than 16 MB are not kept.
   * [control & active] */
  uint32_t (*bytes)(const void *self);
  /* Writes bytes() bytes to `out`. [rt & active] */
  void (*save)(const void *self, void *out);
  /* Takes over a state. SB_INVALID, and nothing changed, if it does not fit this instance's shape. [rt & active] */
  sb_status (*load)(void *self, const void *bytes, uint32_t count);
} sb_ext_state;

#ifdef __cplusplus
}
#endif
#endif
