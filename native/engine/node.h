/* SPDX-License-Identifier: Apache-2.0
 *
 * A node is an instance of a source or stage with what the engine keeps for it: parameters, format, changes on
 * their way, counters.
 */
#ifndef STAGEBOX_NODE_H
#define STAGEBOX_NODE_H

#include <stagebox/stagebox.h>
#include <stagebox_engine.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "histogram.h"

enum { SB_NODE_MAX_PARAMS = 64 };

struct sb_node {
  const sb_stage_class *stage;   /* either a stage */
  const sb_source_class *source; /* or a source */
  struct sb_foreign *foreign;    /* a plugin's instance; NULL: built in, and called directly */
  void *self;                    /* a built-in instance */
  bool active;
  sb_value *values;              /* by the parameter table; lists owned by the node */
  sb_format format;              /* of the output; strings owned by the node. A sink's has no channels and no values */
  uint64_t next_frame;           /* [rt] of outputs that do not follow their input frame by frame */
  uint32_t carried_flags, carried_lost; /* [rt] of blocks that gave no output */
  double latency_s;
  bool transforms; /* it holds Fourier transforms of the backend that was in force when it was activated */

  /* Live parameters on their way from control to the node's thread: the latest number of each, and a bit for each that
   * is new. A number that nobody took yet is overtaken by the next, so there is always room. */
  _Atomic double changes[SB_NODE_MAX_PARAMS];
  _Atomic uint64_t changed;

  _Atomic uint64_t blocks, frames, faults;
  sb_histogram ticks;            /* of process calls, those that were timed */
};

/* Nothing comes after it. */
static inline bool sb_node_is_sink(const sb_node *node) { return node->active && node->format.port == SB_PORT_NONE; }

static inline bool sb_node_has_changes(const sb_node *node) {
  return atomic_load_explicit(&node->changed, memory_order_relaxed) != 0;
}

/* Applies the changes that wait. [rt] */
void sb_node_apply_changes(sb_node *node);

/* `to` goes on where `from` stands, if both have state of the same shape. Neither may be running. Without `has_time` a
 * plugin's instance is asked for nothing that it could take its time over. [control] */
void sb_node_inherit(sb_node *to, const sb_node *from, bool has_time);

#endif
