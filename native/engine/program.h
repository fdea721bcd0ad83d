/* SPDX-License-Identifier: Apache-2.0
 *
 * What one group does with a block: its stages in order, each with where its input comes from and who takes its
 * output. Compiled once from a plan, then only run.
 */
#ifndef STAGEBOX_PROGRAM_H
#define STAGEBOX_PROGRAM_H

#include <stdbool.h>

#include "node.h"
#include "outlet.h"
#include "pool.h"

/* The output of a step, and everybody who takes it. Slot 0 is the group's input, slot i + 1 the output of step i. */
typedef struct sb_slot {
  sb_block block;          /* what stands here now; no frames: nothing */
  const sb_format *format;
  const sb_buffer *buffer; /* its memory; NULL: that of the block which came in */
  uint32_t outlet_count;
  sb_outlet **outlets;     /* rings of other groups, and taps */
} sb_slot;

typedef struct sb_step {
  sb_node *node;
  uint32_t input;          /* a slot */
  uint32_t stride;         /* of the output */
  bool in_place;           /* input and output share a buffer */
} sb_step;

typedef struct sb_program {
  sb_step *steps;          /* [step_count] */
  sb_slot *slots;          /* [step_count + 1] */
  uint32_t step_count;
  uint32_t random;         /* draws the blocks to time */
  sb_event events[SB_BLOCK_MAX_EVENTS]; /* of the input: in the ring there is no room for more */
  sb_pool *pool;
} sb_program;

/* What the programs of a session share. */
typedef struct sb_run {
  bool live;               /* paced by a clock */
  bool lossless;
  _Atomic bool quit;
  _Atomic bool skip; /* groups pass over what waits for them, and count it as lost */
} sb_run;

/* A program with room for `steps` steps and none in it, for blocks of the format; NULL if memory is short. [control] */
sb_program *sb_program_create(uint32_t steps, const sb_format *input);
/* Appends a step; its output is the slot returned. [control] */
uint32_t sb_program_add_step(sb_program *program, sb_node *node, uint32_t input);
sb_status sb_program_add_outlet(sb_program *program, uint32_t slot, sb_outlet *outlet);
/* Settles in which memory each step works, and takes it; call once, after the last step. [control] */
sb_status sb_program_finish(sb_program *program);
void sb_program_destroy(sb_program *program);

/* The block to fill before sb_program_run, its data in memory that the program may work in. [rt] */
static inline sb_block *sb_program_input(sb_program *program) { return &program->slots[0].block; }

/* Runs the program on its input. Live, each stage is timed each time. As fast as it goes there is no deadline to watch,
 * and reading the counter would cost more than the rest of the engine: there one block in eight is timed, drawn at
 * random since stages may work in a rhythm of their own. Returns the ticks the stages took, 0 if they were not timed.
 * [rt] */
uint64_t sb_program_run(sb_program *program, int64_t ready_ns, const sb_run *run);

#endif
