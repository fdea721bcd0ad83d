/* SPDX-License-Identifier: Apache-2.0
 *
 * A source makes blocks: from a board, a file, or arithmetic. Same life as a stage:
 *
 *     create -> activate -> read, read, ... -> deactivate -> destroy
 */
#ifndef STAGEBOX_SOURCE_H
#define STAGEBOX_SOURCE_H

#include <stdint.h>

#include "block.h"
#include "format.h"
#include "host.h"
#include "param.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  SB_SOURCE_SELF_PACED = 1u << 0, /* the device sets the pace: read blocks until its data are there */
};

typedef struct sb_source_class {
  uint32_t size;            /* sizeof(sb_source_class): this struct grows only at its end */
  uint32_t flags;           /* SB_SOURCE_* */
  const char *type;
  const char *name;
  const char *description;
  const sb_param *params;
  uint32_t param_count;
  uint32_t reserved;

  /* [control] */
  sb_status (*create)(const sb_host *host, const sb_value *values, void **self);

  /* Says what will come: `out` holds max_frames, the block length that the pipeline asks for; the source
   * fills in the rest. [control & !active] */
  sb_status (*activate)(void *self, const sb_host *host, sb_format *out);

  /* Fills out->data with out->frames frames (or fewer: set out->frames) and adds events. Where the signal broke off
   * before this block, says how many frames are missing in out->lost_before. A self-paced source also sets
   * out->time_ns. Returns SB_OK, SB_AGAIN if nothing is there yet, or SB_END after the last frame. [rt & active] */
  sb_status (*read)(void *self, sb_block *out);

  /* As in sb_stage_class. */
  void (*set)(void *self, uint32_t param, const sb_value *value);
  void (*deactivate)(void *self);
  void (*destroy)(void *self);
  const void *(*extension)(const char *id);
} sb_source_class;

#ifdef __cplusplus
}
#endif
#endif
