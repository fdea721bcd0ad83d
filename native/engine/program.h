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
  sb_block *block;       /* what stands here now; NULL: nothing */
  uint32_t holders;      /* steps that have yet to read it */
  uint32_t readers;      /* steps that read it */
  uint32_t outlet_count;
  sb_outlet **outlets;   /* rings of other groups, and taps */
} sb_slot;

typedef struct sb_step {
  sb_node *node;
  uint32_t input;        /* a slot */
} sb_step;

typedef struct sb_program {
  sb_step *steps;        /* [step_count] */
  sb_slot *slots;        /* [step_count + 1] */
  uint32_t step_count;
  uint32_t input_port;   /* an sb_port */
  sb_block *input;       /* the block that came in, in its ring's memory */
  sb_event events[SB_BLOCK_MAX_EVENTS]; /* of the input: in the ring there is no room for more */
  sb_pool *pool;
} sb_program;

/* What the programs of a session share. */
typedef struct sb_run {
  bool lossless;
  _Atomic bool quit;
  _Atomic bool skip; /* groups pass over what waits for them, and count it as lost */
} sb_run;

/* A program with room for `steps` steps and none in it; NULL if memory is short. [control] */
sb_program *sb_program_create(uint32_t steps, uint32_t input_port);
/* Appends a step; its output is the slot returned. [control] */
uint32_t sb_program_add_step(sb_program *program, sb_node *node, uint32_t input);
sb_status sb_program_add_outlet(sb_program *program, uint32_t slot, sb_outlet *outlet);
/* Takes the memory the program runs in; call once, after the last step. [control] */
sb_status sb_program_finish(sb_program *program);
void sb_program_destroy(sb_program *program);

/* Runs the program on one block, in whose memory it may work. Returns the ticks its stages took. [rt] */
uint64_t sb_program_run(sb_program *program, sb_block *input, int64_t ready_ns, const sb_run *run);

#endif
