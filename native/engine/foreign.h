/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin's instance as the engine calls it: in this process under a guard (guarded/), or in a process of its own
 * (isolated/). Whatever becomes of it, the graph goes on: an output that is missing or cannot be right is replaced by
 * the library's late policy, marked in the block, and counted.
 */
#ifndef STAGEBOX_FOREIGN_H
#define STAGEBOX_FOREIGN_H

#include <stagebox/stagebox.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "library.h"

typedef struct sb_foreign sb_foreign;

/* One way to call an instance. All but process, read and those marked [rt] are [control]. */
typedef struct sb_foreign_class {
  /* Makes the instance and readies it: `values` by its table; `in` is NULL for a source. SB_AGAIN: call again; the same
   * arguments stay valid until it says otherwise. */
  sb_status (*activate)(sb_foreign *foreign, const sb_value *values, const sb_format *in, sb_format *out);

  /* As of sb_stage_class. SB_LATE if the answer is not there by `deadline_ns` (CLOCK_MONOTONIC), SB_CRASHED if there is
   * no instance: `out` may be half written then, and will be replaced. Never waits beyond the deadline. [rt] */
  sb_status (*process)(sb_foreign *foreign, const sb_block *in, sb_block *out, int64_t deadline_ns);
  /* As of sb_source_class; SB_AGAIN while there is no instance. [rt] */
  sb_status (*read)(sb_foreign *foreign, sb_block *out);
  void (*set)(sb_foreign *foreign, uint32_t param, const sb_value *value); /* [rt] */

  /* Running state, with a time limit of their own. `save` writes at most `room` bytes and returns how many; 0: none.
   * [rt] */
  uint32_t (*state_bytes)(sb_foreign *foreign);
  uint32_t (*save)(sb_foreign *foreign, void *out, uint32_t room);
  sb_status (*load)(sb_foreign *foreign, const void *bytes, uint32_t count);

  double (*latency_s)(sb_foreign *foreign);
  sb_status (*watch)(sb_foreign *foreign);
  sb_status (*restart)(sb_foreign *foreign);
  void (*usage)(sb_foreign *foreign, double *memory_bytes, double *cpu_ns);
  void (*destroy)(sb_foreign *foreign);
} sb_foreign_class;

/* What both ways have in common; each embeds it first in a struct of its own. */
struct sb_foreign {
  const sb_foreign_class *class_;
  sb_library *library;
  const sb_stage_class *stage;   /* what it is an instance of: either a stage */
  const sb_source_class *source; /* or a source */
  sb_format in, out;             /* while active; strings belong to the node and its upstream */
  float *held;                   /* [stride] the last row of the last good output, for the policy "hold" */
  double due;                    /* [rt] part of an output frame that substituted blocks are still worth */
  double lost;                   /* [rt] frames that its input has lost and it has not told yet */
  uint32_t blocks;               /* [rt] */
  bool is_torn;                  /* [rt] the instance fell over in this block, and may have written some of it */
  _Atomic uint64_t late, substituted, bad_blocks, crashes, restarts;
};

static inline const char *sb_foreign_type(const sb_foreign *foreign) {
  return foreign->stage ? foreign->stage->type : foreign->source->type;
}

static inline uint32_t sb_foreign_param_count(const sb_foreign *foreign) {
  return foreign->stage ? foreign->stage->param_count : foreign->source->param_count;
}

/* An instance of a class of the library, not yet made; NULL if memory is short. Guard or bridge, as the library is. */
sb_foreign *sb_foreign_create(sb_library *library, const sb_stage_class *stage, const sb_source_class *source);
void sb_foreign_destroy(sb_foreign *foreign);

sb_foreign *sb_guard_create(void);  /* guarded/guard.c; the caller fills in the common part */
sb_foreign *sb_bridge_create(void); /* isolated/bridge.c */

/* When the format is known: takes what the late policy needs. [control] */
sb_status sb_foreign_ready(sb_foreign *foreign, const sb_format *in, const sb_format *out);

/* Runs the instance on a block; `out` holds a usable block afterwards, flagged if it is not the instance's own. Live,
 * it is not waited for beyond `budget_end_ns`, nor for all of the time until then; off line (0) for anything but a
 * hang. [rt] */
sb_status sb_foreign_process(sb_foreign *foreign, const sb_block *in, sb_block *out, int64_t budget_end_ns);

/* When a live group that begins with that block must be done with its foreign stages. [rt] */
int64_t sb_foreign_budget_end(const sb_block *block);

/* The same for a source: SB_AGAIN while there is no instance, and for a block that is not as agreed. [rt] */
sb_status sb_foreign_read(sb_foreign *foreign, sb_block *out);

#endif
