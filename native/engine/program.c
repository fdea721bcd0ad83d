/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include <stdlib.h>

#include "error.h"
#include "ticks.h"

sb_program *sb_program_create(uint32_t steps, uint32_t input_port) {
  sb_program *program = calloc(1, sizeof *program);
  if (!program) return NULL;
  program->steps = calloc(steps + 1, sizeof *program->steps);
  program->slots = calloc(steps + 1, sizeof *program->slots);
  program->input_port = input_port;
  if (program->steps && program->slots) return program;
  sb_program_destroy(program);
  return NULL;
}

uint32_t sb_program_add_step(sb_program *program, sb_node *node, uint32_t input) {
  program->steps[program->step_count] = (sb_step){node, input};
  program->slots[input].readers++;
  return ++program->step_count;
}

sb_status sb_program_add_outlet(sb_program *program, uint32_t slot, sb_outlet *outlet) {
  sb_slot *s = &program->slots[slot];
  sb_outlet **grown = realloc(s->outlets, (s->outlet_count + 1) * sizeof(sb_outlet *));
  if (!grown) return sb_error(SB_NO_MEMORY, "out of memory");
  s->outlets = grown;
  s->outlets[s->outlet_count++] = outlet;
  return SB_OK;
}

sb_status sb_program_finish(sb_program *program) {
  size_t floats = 16;
  uint32_t frames = 1;
  for (uint32_t i = 0; i < program->step_count; i++) {
    const sb_format *format = &program->steps[i].node->format;
    const size_t needed = (size_t)format->max_frames * sb_stride(format->channels, format->values);
    if (needed > floats) floats = needed;
    if (format->max_frames > frames) frames = format->max_frames;
  }
  program->pool = sb_pool_create(program->step_count + 1, floats, frames);
  return program->pool ? SB_OK : sb_error(SB_NO_MEMORY, "out of memory");
}

void sb_program_destroy(sb_program *program) {
  if (!program) return;
  for (uint32_t i = 0; program->slots && i <= program->step_count; i++) free(program->slots[i].outlets);
  sb_pool_destroy(program->pool);
  free(program->steps), free(program->slots), free(program);
}

/* The output comes in with the header of the input, in the shape of the output. */
static void prepare(sb_block *out, const sb_block *in, const sb_format *format) {
  if (out != in) {
    float *data = out->data;
    int64_t *times_ns = out->times_ns;
    sb_event *events = out->events;
    memcpy(events, in->events, in->event_count * sizeof *events);
    *out = *in;
    out->data = data;
    out->times_ns = format->rate_hz == 0 ? times_ns : NULL;
    out->events = events;
  }
  out->rate_hz = format->rate_hz;
  out->channels = format->channels;
  out->values = format->values;
  out->stride = sb_stride(format->channels, format->values);
}

/* Frames that follow the input one by one keep its count; any other output counts its own. */
static void number_frames(sb_node *node, sb_block *out, const sb_block *in) {
  const bool follows = out->rate_hz == in->rate_hz && out->frames == in->frames;
  out->first_frame = follows ? in->first_frame : node->next_frame;
  node->next_frame = out->first_frame + out->frames;
}

/* A gap before a block that gave no output is a gap before the next output. */
static void carry_marks(sb_node *node, sb_block *out) {
  out->flags |= node->carried_flags;
  out->lost_before += node->carried_lost;
  node->carried_flags = out->frames ? 0 : out->flags;
  node->carried_lost = out->frames ? 0 : out->lost_before;
}

/* A stage may work in its input's memory when nobody else will read it. */
static bool works_in_place(const sb_node *node, const sb_slot *input) {
  const sb_format *format = &node->format;
  return node->stage->flags & SB_STAGE_IN_PLACE && input->holders == 1 && format->rate_hz == input->block->rate_hz &&
         format->rate_hz != 0 && sb_stride(format->channels, format->values) == input->block->stride;
}

/* The group's input lies in its ring's memory, and stays foreign to the pool wherever stages that work in place take it. */
static void give_back(sb_program *program, sb_block *block) {
  if (block != program->input) sb_pool_release(program->pool, block);
}

/* Runs one stage. Its output, if there is any, stands in its slot afterwards. */
static void run_step(sb_program *program, const sb_step *step, sb_slot *slot) {
  sb_node *node = step->node;
  sb_slot *input = &program->slots[step->input];
  const bool in_place = works_in_place(node, input);
  sb_block *out = in_place ? input->block : sb_pool_acquire(program->pool);
  sb_block as_it_was; /* in place the output's header takes the place of the input's, which the stage still needs */
  if (in_place) as_it_was = *input->block;
  const sb_block *in = in_place ? &as_it_was : input->block;

  prepare(out, input->block, &node->format);
  const bool failed = node->stage->process(node->self, in, out) != SB_OK;
  if (failed) SB_COUNT_UP(node->faults, 1);
  if (failed || out->frames > node->format.max_frames) out->frames = 0;
  number_frames(node, out, in);
  carry_marks(node, out);
  SB_COUNT_UP(node->frames, out->frames);
  if (--input->holders == 0 && !in_place) give_back(program, input->block);
  slot->block = out;
}

static void emit(const sb_slot *slot, uint32_t port, int64_t ready_ns, const sb_run *run) {
  for (uint32_t i = 0; i < slot->outlet_count; i++) sb_outlet_write(slot->outlets[i], slot->block, port, ready_ns, run->lossless, &run->quit);
}

uint64_t sb_program_run(sb_program *program, sb_block *input, int64_t ready_ns, const sb_run *run) {
  memcpy(program->events, input->events, input->event_count * sizeof *program->events);
  input->events = program->events;
  program->input = program->slots[0].block = input;
  program->slots[0].holders = program->slots[0].readers;
  emit(&program->slots[0], program->input_port, ready_ns, run);

  if (program->step_count == 0) return 0;

  uint64_t before = sb_ticks(), total = 0;
  for (uint32_t i = 0; i < program->step_count; i++) {
    const sb_step *step = &program->steps[i];
    sb_slot *slot = &program->slots[i + 1];
    slot->block = NULL;
    if (!program->slots[step->input].block) continue;
    if (sb_node_has_changes(step->node)) sb_node_apply_changes(step->node);
    run_step(program, step, slot);
    const uint64_t after = sb_ticks();
    sb_histogram_add(&step->node->ticks, after - before);
    total += after - before;
    before = after;

    slot->holders = slot->readers;
    if (slot->block->frames && slot->outlet_count) {
      emit(slot, step->node->format.port, ready_ns, run);
      before = sb_ticks();
    }
    if (slot->block->frames == 0 || slot->holders == 0) {
      give_back(program, slot->block);
      slot->block = NULL;
    }
  }
  return total;
}
