/* SPDX-License-Identifier: Apache-2.0
 *
 * Extension "stagebox.draft.idle": what may wait until there is nothing else to do, such as collecting garbage. Draft: it
 * may change until it leaves this folder.
 */
#ifndef STAGEBOX_EXT_DRAFT_IDLE_H
#define STAGEBOX_EXT_DRAFT_IDLE_H

#ifdef __cplusplus
extern "C" {
#endif

#define SB_EXT_IDLE "stagebox.draft.idle"

typedef struct sb_ext_idle {
  /* Between two blocks, when no other is waiting; some four times a second, in a process of its own only. A block that
   * comes meanwhile waits for it. [active] */
  void (*idle)(void *self);
} sb_ext_idle;

#ifdef __cplusplus
}
#endif
#endif
