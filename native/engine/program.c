/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include <stdlib.h>

#include "error.h"
#include "foreign.h"
#include "ticks.h"

sb_program *sb_program_create(uint32_t steps, const sb_format *input) {
  sb_program *program = calloc(1, sizeof *program);
  if (!program) return NULL;
  program->steps = calloc(steps + 1, sizeof *program->steps);
  program->slots = calloc(steps + 1, sizeof *program->slots);
  if (program->steps && program->slots) {
    program->slots[0].format = input;
    return program;
  }
  sb_program_destroy(program);
  return NULL;
}

uint32_t sb_program_add_step(sb_program *program, sb_node *node, uint32_t input) {
  const sb_format *format = &node->format;
  program->steps[program->step_count++] = (sb_step){node, input, sb_stride(format->channels, format->values), false};
  program->slots[program->step_count].format = format;
  return program->step_count;
}

sb_status sb_program_add_outlet(sb_program *program, uint32_t slot, sb_outlet *outlet) {
  sb_slot *s = &program->slots[slot];
  sb_outlet **grown = realloc(s->outlets, (s->outlet_count + 1) * sizeof(sb_outlet *));
  if (!grown) return sb_error(SB_NO_MEMORY, "out of memory");
  s->outlets = grown;
  s->outlets[s->outlet_count++] = outlet;
  return SB_OK;
}

static sb_pool *create_pool(const sb_program *program) {
  size_t floats = 16;
  uint32_t frames = 1;
  for (uint32_t i = 0; i <= program->step_count; i++) {
    const sb_format *format = program->slots[i].format;
    const size_t needed = (size_t)format->max_frames * sb_stride(format->channels, format->values);
    if (needed > floats) floats = needed;
    if (format->max_frames > frames) frames = format->max_frames;
  }
  return sb_pool_create(floats, frames);
}

/* Whether a step behind step `i` reads the slot. */
static bool is_read_after(const sb_program *program, uint32_t slot, uint32_t i) {
  while (++i < program->step_count)
    if (program->steps[i].input == slot) return true;
  return false;
}

/* A stage may work in its input's memory when nobody else will read it. */
static bool can_work_in_place(const sb_program *program, uint32_t i) {
  const sb_step *step = &program->steps[i];
  const sb_format *in = program->slots[step->input].format, *out = program->slots[i + 1].format;
  /* What another process does is not done in this one's memory. */
  const bool is_isolated = step->node->foreign && sb_library_is_isolated(step->node->foreign->library);
  return step->node->stage->flags & SB_STAGE_IN_PLACE && !is_isolated && !is_read_after(program, step->input, i) &&
         in->rate_hz == out->rate_hz && in->rate_hz != 0 && in->max_frames >= out->max_frames &&
         sb_stride(in->channels, in->values) == step->stride;
}

sb_status sb_program_finish(sb_program *program) {
  program->pool = create_pool(program);
  if (!program->pool) return sb_error(SB_NO_MEMORY, "out of memory");
  for (uint32_t i = 0; i < program->step_count; i++) {
    sb_step *step = &program->steps[i];
    const sb_slot *input = &program->slots[step->input];
    sb_slot *output = &program->slots[i + 1];
    step->in_place = can_work_in_place(program, i);
    output->buffer = step->in_place ? input->buffer : sb_pool_take(program->pool);
    if (!step->in_place && !output->buffer) return sb_error(SB_NO_MEMORY, "out of memory");
    if (!step->in_place && input->buffer && !is_read_after(program, step->input, i))
      sb_pool_give(program->pool, input->buffer);
    if (output->buffer && !is_read_after(program, i + 1, i)) sb_pool_give(program->pool, output->buffer);
  }
  return SB_OK;
}

void sb_program_destroy(sb_program *program) {
  if (!program) return;
  for (uint32_t i = 0; program->slots && i <= program->step_count; i++) free(program->slots[i].outlets);
  sb_pool_destroy(program->pool);
  free(program->steps), free(program->slots), free(program);
}

static void copy_events(sb_event *to, const sb_block *from) {
  if (from->event_count) memcpy(to, from->events, from->event_count * sizeof *to);
}

/* The output comes in with the header of the input, in the shape of the output. */
static void prepare(const sb_step *step, const sb_block *in, sb_slot *output) {
  const sb_format *format = output->format;
  output->block = (sb_block){
      .size = sizeof(sb_block),
      .flags = in->flags,
      .sequence = in->sequence,
      .first_frame = in->first_frame,
      .time_ns = in->time_ns,
      .rate_hz = format->rate_hz,
      .frames = in->frames,
      .channels = format->channels,
      .values = format->values,
      .stride = step->stride,
      .lost_before = in->lost_before,
      .event_count = in->event_count,
      .data = step->in_place ? in->data : output->buffer->data,
      .times_ns = format->rate_hz == 0 ? output->buffer->times_ns : NULL,
      .events = step->in_place ? in->events : output->buffer->events,
  };
  if (!step->in_place) copy_events(output->block.events, in);
  if (output->block.times_ns && in->times_ns)
    memcpy(output->block.times_ns, in->times_ns, in->frames * sizeof *in->times_ns);
}

/* Frames that follow the input one by one keep its count; any other output counts its own. */
static void number_frames(sb_node *node, sb_block *out, const sb_block *in) {
  if (out->rate_hz != in->rate_hz || out->frames != in->frames) out->first_frame = node->next_frame;
  node->next_frame = out->first_frame + out->frames;
}

/* A gap before a block that gave no output is a gap before the next output. */
static void carry_marks(sb_node *node, sb_block *out) {
  out->flags |= node->carried_flags;
  out->lost_before += node->carried_lost;
  node->carried_flags = out->frames ? 0 : out->flags;
  node->carried_lost = out->frames ? 0 : out->lost_before;
}

/* A block that a stage failed on is a gap in its output. */
static void drop(sb_node *node, const sb_block *in, sb_block *out) {
  SB_COUNT_UP(node->faults, 1);
  out->flags |= SB_BLOCK_GAP;
  out->lost_before = in->lost_before + in->frames;
  out->event_count = out->frames = 0;
}

/* Runs one stage. Its output, if there is any, stands in its slot afterwards. */
static void run_step(const sb_step *step, const sb_block *in, sb_slot *output, int64_t budget_end_ns) {
  sb_node *node = step->node;
  sb_block *out = &output->block;
  if (sb_node_has_changes(node)) sb_node_apply_changes(node);
  prepare(step, in, output);
  const sb_status status = node->foreign ? sb_foreign_process(node->foreign, in, out, budget_end_ns)
                                         : node->stage->process(node->self, in, out);
  const bool is_sink = sb_node_is_sink(node);
  if (is_sink) out->frames = in->frames, out->event_count = 0; /* for the counters: what it took */
  if (status != SB_OK || out->frames > node->format.max_frames || out->event_count > SB_BLOCK_MAX_EVENTS)
    drop(node, in, out);
  number_frames(node, out, in);
  carry_marks(node, out);
  SB_COUNT_UP(node->blocks, 1);
  SB_COUNT_UP(node->frames, out->frames);
  if (is_sink) out->frames = 0;
}

static void emit(const sb_slot *slot, int64_t ready_ns, const sb_run *run) {
  for (uint32_t i = 0; i < slot->outlet_count; i++)
    sb_outlet_write(slot->outlets[i], &slot->block, slot->format->port, ready_ns, run->lossless, &run->quit);
}

static bool draw_one_in_eight(uint32_t *random) {
  *random = *random * 1664525u + 1013904223u;
  return *random >> 29 == 0;
}

uint64_t sb_program_run(sb_program *program, int64_t ready_ns, const sb_run *run) {
  sb_slot *slots = program->slots;
  sb_block *input = &slots[0].block;
  copy_events(program->events, input);
  input->events = program->events;
  emit(&slots[0], ready_ns, run);

  if (program->step_count == 0) return 0;

  const int64_t budget_end_ns = run->live ? sb_foreign_budget_end(input) : 0;
  const bool timed = run->live || draw_one_in_eight(&program->random);
  uint64_t before = timed ? sb_ticks() : 0, total = 0;
  for (uint32_t i = 0; i < program->step_count; i++) {
    const sb_step *step = &program->steps[i];
    sb_slot *output = &slots[i + 1];
    const sb_block *in = &slots[step->input].block;
    if (in->frames == 0) {
      output->block.frames = 0;
      continue;
    }
    run_step(step, in, output, budget_end_ns);
    if (timed) {
      const uint64_t after = sb_ticks();
      sb_histogram_add(&step->node->ticks, after - before);
      total += after - before;
      before = after;
    }
    if (output->outlet_count && output->block.frames) {
      emit(output, ready_ns, run);
      if (timed) before = sb_ticks();
    }
  }
  return total;
}
