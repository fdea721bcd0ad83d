/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <math.h>
#include <stagebox_engine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "contract.h"
#include "error.h"
#include "trial.h"

enum { MOST_CHANNELS = 64, INPUT_BINS = 33, INPUT_FEATURES = 3 };
static const double PATIENCE_S = 2;

const sb_host *rig_host;

static const char *const feature_names[INPUT_FEATURES] = {"alpha", "beta", "gamma"};

/* What a stage of this class is fed in this shape: the class's input port, channels named ch1, ch2 ... Valid until the
 * next call. */
static sb_format input_format(const component *of, const rig_shape *shape) {
  static char names[MOST_CHANNELS][8];
  static const char *pointers[MOST_CHANNELS];
  for (uint32_t i = 0; i < MOST_CHANNELS; i++) {
    snprintf(names[i], sizeof names[i], "ch%u", i + 1);
    pointers[i] = names[i];
  }
  sb_format in = {.size = sizeof in,
                  .port = of->stage->input,
                  .rate_hz = shape->rate_hz,
                  .channels = shape->channels,
                  .values = 1,
                  .max_frames = shape->max_frames,
                  .unit = "uV",
                  .channel_names = pointers};
  if (in.port == SB_PORT_SIGNAL) return in;
  in.rate_hz = shape->rate_hz / 25;
  in.values = in.port == SB_PORT_SPECTRUM ? INPUT_BINS : INPUT_FEATURES;
  in.unit = "uV^2/Hz";
  if (in.port == SB_PORT_SPECTRUM) in.bin_hz = shape->rate_hz / 2 / (INPUT_BINS - 1);
  else in.value_names = feature_names;
  return in;
}

static bool activate(rig *r) {
  sb_status status;
  sb_error(SB_OK, "%s", "");
  if (r->of->stage) {
    r->format = r->in;
    r->format.port = r->of->stage->output;
    if (r->format.port != SB_PORT_SPECTRUM) r->format.bin_hz = 0;
    if (r->format.port != r->in.port) r->format.value_names = NULL;
    CALL("activate", status = r->of->stage->activate(r->self, rig_host, &r->in, &r->format));
  } else {
    r->format = (sb_format){
        .size = sizeof(sb_format), .port = SB_PORT_SIGNAL, .values = 1, .max_frames = r->in.max_frames, .unit = "1"};
    CALL("activate", status = r->of->source->activate(r->self, rig_host, &r->format));
  }
  if (status != SB_OK) return false;
  contract_check_format(r);
  if (r->of->stage && r->of->stage->output == SB_PORT_NONE)
    r->format.channels = r->format.values = r->format.max_frames = 0;
  return true;
}

/* Blocks lie between forbidden pages. */
static void lay_blocks(rig *r, fence_edge edge) {
  const uint32_t in_stride = sb_stride(r->in.channels, r->in.values);
  const uint32_t out_stride = sb_stride(r->format.channels, r->format.values);
  const uint32_t in_frames = r->in.max_frames, out_frames = r->format.max_frames;
  if (r->of->stage)
    r->in_block = (sb_block){.size = sizeof(sb_block),
                             .channels = r->in.channels,
                             .values = r->in.values,
                             .stride = in_stride,
                             .rate_hz = r->in.rate_hz,
                             .data = fence_memory("input", (size_t)in_frames * in_stride * sizeof(float), edge),
                             .events = fence_memory("input's events", SB_BLOCK_MAX_EVENTS * sizeof(sb_event), edge)};
  r->out_block = (sb_block){.size = sizeof(sb_block), .stride = out_stride,
                            .data = fence_memory("output", (size_t)out_frames * out_stride * sizeof(float), edge),
                            .times_ns = fence_memory("output's times", out_frames * sizeof(int64_t), edge),
                            .events = fence_memory("output's events", SB_BLOCK_MAX_EVENTS * sizeof(sb_event), edge)};
}

rig *rig_open_with(const component *of, const rig_shape *shape, const rig_set *sets, fence_edge edge) {
  rig *r = calloc(1, sizeof *r);
  if (!r) trial_fail(OUT_OF_MEMORY);
  r->of = of;
  r->in.max_frames = shape->max_frames;
  if (of->stage) r->in = input_format(of, shape);
  for (uint32_t guess = 0; guess < PARAM_VALUES_GUESSES; guess++) {
    param_values_fill(&r->values, of, shape->channels, guess);
    for (const rig_set *set = sets; set && set->index >= 0; set++) r->values.value[set->index].number = set->number;
    sb_status status;
    sb_error(SB_OK, "%s", "");
    r->self = NULL;
    CALL("create", status = of->create(rig_host, r->values.value, &r->self));
    if (status == SB_OK && activate(r)) {
      r->width = r->format.channels * r->format.values;
      lay_blocks(r, edge);
      return r;
    }
    if (status == SB_OK) CALL("destroy", of->destroy(r->self));
    param_values_free(&r->values);
  }
  free(r);
  return NULL;
}

rig *rig_open(const component *of, const rig_shape *shape, fence_edge edge) {
  return rig_open_with(of, shape, NULL, edge);
}

void rig_again(rig *r) {
  CALL("deactivate", r->of->deactivate(r->self));
  const sb_format before = r->format;
  if (!activate(r)) trial_fail("does not activate again after deactivate: %s", sb_last_error());
  if (r->format.channels != before.channels || r->format.values != before.values ||
      r->format.max_frames != before.max_frames || r->format.rate_hz != before.rate_hz)
    trial_fail(
        "promises another format when it is activated again: %u channels x %u values at %g Hz, not %u x %u at %g Hz",
        r->format.channels, r->format.values, r->format.rate_hz, before.channels, before.values, before.rate_hz);
  r->frames = r->event_count = r->input_frames = 0;
  r->has_ended = false;
}

/* ---- one block ---- */

static void fill_input(rig *r, const test_signal *signal, uint32_t frames) {
  sb_block *in = &r->in_block;
  const uint32_t width = in->channels * in->values;
  fence_set_read_only(in->data, false), fence_set_read_only(in->events, false);
  in->frames = frames;
  in->first_frame = r->input_frames;
  in->sequence++;
  in->time_ns = (int64_t)((double)r->input_frames * 1e9 / in->rate_hz + 0.5);
  in->event_count = 0;
  for (uint32_t f = 0; f < frames; f++) {
    float *row = in->data + (size_t)f * in->stride;
    for (uint32_t i = 0; i < width; i++) row[i] = test_signal_at(signal, r->input_frames + f, i);
    for (uint32_t i = width; i < in->stride; i++) row[i] = 0;
    if (signal->event_every && (r->input_frames + f) % signal->event_every == signal->event_every / 2)
      sb_block_add_event(in, (int32_t)f, 0, "stimulus");
  }
}

static void fill_output(rig *r, uint32_t frames) {
  sb_block *out = &r->out_block;
  const sb_block *in = &r->in_block;
  const bool irregular = r->format.rate_hz == 0;
  float *data = out->data;
  sb_event *events = out->events;
  int64_t *times = out->times_ns;
  if (r->of->stage) *out = *in;
  out->frames = frames;
  out->first_frame = r->of->stage ? in->first_frame : r->frames;
  out->rate_hz = r->format.rate_hz;
  out->channels = r->format.channels;
  out->values = r->format.values;
  out->stride = sb_stride(out->channels, out->values);
  out->data = r->in_place ? in->data : data;
  out->events = r->in_place ? in->events : events;
  out->times_ns = irregular ? times : NULL;
  if (!r->of->stage) out->event_count = out->flags = out->lost_before = 0;
  if (r->in_place) return;
  if (r->of->stage && in->event_count) memcpy(events, in->events, in->event_count * sizeof *events);
  const uint32_t width = out->channels * out->values;
  for (uint32_t f = 0; f < r->format.max_frames; f++) {
    float *row = data + (size_t)f * out->stride;
    for (uint32_t i = 0; i < out->stride; i++) row[i] = 0;
    for (uint32_t i = 0; i < width; i++) memcpy(row + i, &contract_unwritten, sizeof contract_unwritten);
  }
}

/* Where the memory of the output is kept while the block says something else. */
typedef struct outlets {
  float *data;
  sb_event *events;
  int64_t *times_ns;
} outlets;

static outlets outlets_of(const rig *r) {
  return (outlets){r->out_block.data, r->out_block.events, r->out_block.times_ns};
}

static void restore(rig *r, const outlets *own) {
  r->out_block.data = own->data, r->out_block.events = own->events, r->out_block.times_ns = own->times_ns;
}

sb_status rig_process(rig *r) {
  sb_status status;
  if (r->of->stage) CALL("process", status = r->of->stage->process(r->self, &r->in_block, &r->out_block));
  else CALL("read", status = r->of->source->read(r->self, &r->out_block));
  return status;
}

static void append(rig *r, const sb_block *out) {
  if (r->frames + out->frames > r->capacity) {
    r->capacity = 2 * (r->frames + out->frames);
    r->out = realloc(r->out, (r->capacity * r->width + 1) * sizeof(float));
    r->times_ns = realloc(r->times_ns, r->capacity * sizeof(int64_t));
    if (!r->out || !r->times_ns) trial_fail(OUT_OF_MEMORY);
  }
  if (r->event_count + out->event_count > r->event_capacity) {
    r->event_capacity = 2 * (r->event_count + out->event_count);
    r->events = realloc(r->events, r->event_capacity * sizeof(sb_event));
  }
  for (uint32_t i = 0; i < out->event_count; i++) {
    r->events[r->event_count] = out->events[i];
    r->events[r->event_count++].frame += (int32_t)r->frames;
  }
  for (uint32_t f = 0; f < out->frames; f++, r->frames++) {
    memcpy(r->out + r->frames * r->width, out->data + (size_t)f * out->stride, r->width * sizeof(float));
    r->times_ns[r->frames] = out->times_ns || out->rate_hz > 0 ? sb_block_time_ns(out, f) : 0;
  }
}

void rig_prepare(rig *r, const test_signal *signal, uint32_t frames) {
  if (r->of->stage) fill_input(r, signal, frames);
  fill_output(r, frames);
}

static void run_block(rig *r, const test_signal *signal, uint32_t frames) {
  const outlets own = outlets_of(r);
  rig_prepare(r, signal, frames);
  const sb_block in_before = r->in_block, out_before = r->out_block;
  const bool lock = !r->in_place && r->of->stage;
  if (lock) fence_set_read_only(r->in_block.data, true), fence_set_read_only(r->in_block.events, true);
  const sb_status status = rig_process(r);
  contract_check_block(r, &in_before, &out_before, status);
  append(r, &r->out_block);
  restore(r, &own);
  r->input_frames += frames;
}

/* ---- a whole signal ---- */

static uint32_t next_frames(rig_cut *cut, uint32_t most, uint64_t left) {
  const uint32_t drawn = cut->frames ? cut->frames : draw_between(&cut->state, 1, most);
  const uint32_t frames = drawn < most ? drawn : most;
  return frames < left ? frames : (uint32_t)left;
}

static void doze(void) { nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL); }

static double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Asks again while the source has nothing. False once it has ended. */
static bool read_block(rig *r, uint32_t frames) {
  const outlets own = outlets_of(r);
  const double began = now_s();
  sb_status status;
  sb_block before;
  for (;;) {
    fill_output(r, frames);
    before = r->out_block;
    status = rig_process(r);
    if (status != SB_AGAIN && !(status == SB_OK && r->out_block.frames == 0)) break;
    restore(r, &own);
    if (now_s() - began > PATIENCE_S) trial_skip("no data came for %g s; a device may be missing", PATIENCE_S);
    doze();
  }
  if (status != SB_END) {
    contract_check_block(r, &r->in_block, &before, status);
    append(r, &r->out_block);
  }
  restore(r, &own);
  return status != SB_END;
}

void rig_run(rig *r, const test_signal *signal, uint64_t frames, rig_cut cut) {
  if (r->of->stage) {
    for (uint64_t left = frames; left > 0;) {
      const uint32_t count = next_frames(&cut, r->in.max_frames, left);
      run_block(r, signal, count);
      left -= count;
    }
    return;
  }
  const size_t end = r->frames + frames;
  while (r->frames < end && !r->has_ended)
    r->has_ended = !read_block(r, next_frames(&cut, r->format.max_frames, end - r->frames));
}

void rig_change(rig *r, uint32_t param, double number) {
  CALL("set", r->of->set(r->self, param, &(sb_value){.number = number}));
}

void rig_close(rig *r) {
  if (!r) return;
  CALL("deactivate", r->of->deactivate(r->self));
  CALL("destroy", r->of->destroy(r->self));
  param_values_free(&r->values);
  fence_release(r->in_block.data), fence_release(r->in_block.events);
  fence_release(r->out_block.data), fence_release(r->out_block.events), fence_release(r->out_block.times_ns);
  free(r->out), free(r->times_ns), free(r->events), free(r);
}
