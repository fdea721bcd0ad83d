/* SPDX-License-Identifier: Apache-2.0
 *
 * A stage turns blocks into blocks. A class describes one type of stage and makes its instances:
 *
 *     create -> activate -> process, process, ... -> deactivate -> destroy
 *
 * Every call on one instance is made by one thread at a time. `process` and `set` run on a real-time thread:
 * they only compute. All memory is taken in create and activate.
 */
#ifndef STAGEBOX_STAGE_H
#define STAGEBOX_STAGE_H

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
  SB_STAGE_IN_PLACE = 1u << 0, /* process allows in->data == out->data */
};

typedef struct sb_stage_class {
  uint32_t size;            /* sizeof(sb_stage_class): this struct grows only at its end */
  uint32_t flags;           /* SB_STAGE_* */
  const char *type;         /* the name in a pipeline: "band_power" */
  const char *name;         /* for people: "Band power" */
  const char *category;     /* "filter", "spectral", "spatial", "detect", "statistics", "utility" */
  const char *description;  /* one or two sentences */
  uint32_t input, output;   /* sb_port; output SB_PORT_NONE: a sink, whose process only reads `in` */
  const sb_param *params;
  uint32_t param_count;
  uint32_t reserved;

  /* Makes an instance. values[param_count] stand in the order of the table. [control] */
  sb_status (*create)(const sb_host *host, const sb_value *values, void **self);

  /* Prepares for blocks of the format `in`. `out` comes in as a copy of `in` with `port` set to the class's
   * output; change what differs. Fails where the parameters do not fit the format (a 60 Hz low pass at 100 Hz).
   * [control & !active] */
  sb_status (*activate)(void *self, const sb_host *host, const sb_format *in, sb_format *out);

  /* Computes one block. `out` comes in with the header of `in` (its events too) in the output's shape: a stage
   * that keeps rate and length only writes out->data. Any other sets out->frames (0: no output this time) and,
   * unless the first frame's time is unchanged, out->time_ns; where the output's rate is 0 it also
   * sets out->times_ns[frame]. What a block without output said in flags and lost_before the
   * host lays on the next one. in->data is out->data only under SB_STAGE_IN_PLACE. Never more than the activated
   * out.max_frames. [rt & active] */
  sb_status (*process)(void *self, const sb_block *in, sb_block *out);

  /* Changes a parameter whose table row says SB_PARAM_LIVE. NULL where there is none. [rt & active] */
  void (*set)(void *self, uint32_t param, const sb_value *value);

  /* Gives back what activate took. [control & active] */
  void (*deactivate)(void *self);

  /* [control & !active] */
  void (*destroy)(void *self);

  /* An extension of this class by its id (ext/), or NULL. May be NULL itself. [any] */
  const void *(*extension)(const char *id);
} sb_stage_class;

#ifdef __cplusplus
}
#endif
#endif
