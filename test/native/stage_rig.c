/* SPDX-License-Identifier: Apache-2.0 */
#include "stage_rig.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocations.h"
#include "check.h"

enum { RIG_MAX_FRAMES = 4096, RIG_MAX_CHANNELS = 1024 };

static const sb_event *next_events;
static size_t next_event_count;

sb_format rig_signal(double rate_hz, uint32_t channels) {
  static char names[RIG_MAX_CHANNELS][16];
  static const char *pointers[RIG_MAX_CHANNELS];
  for (uint32_t i = 0; i < channels; i++) {
    snprintf(names[i], sizeof names[i], "ch%u", i + 1);
    pointers[i] = names[i];
  }
  return (sb_format){.size = sizeof(sb_format), .port = SB_PORT_SIGNAL, .rate_hz = rate_hz, .channels = channels, .values = 1,
                     .max_frames = RIG_MAX_FRAMES, .unit = "uV", .channel_names = pointers};
}

static bool activate(rig *r) {
  r->format = r->in;
  r->format.port = r->stage->output;
  if (r->stage->activate(r->self, &rig_host, &r->in, &r->format) != SB_OK) return false;
  if (r->stage->output == SB_PORT_NONE) r->format.channels = r->format.values = 0;
  return true;
}

rig *rig_open(const sb_stage_class *stage, sb_format in, const rig_set *sets) {
  rig_values values;
  rig_error_clear();
  if (!rig_values_fill(&values, stage->params, stage->param_count, sets)) return NULL;
  rig *r = calloc(1, sizeof *r);
  r->stage = stage;
  r->in = in;
  if (stage->create(&rig_host, values.values, &r->self) != SB_OK) {
    free(r);
    return NULL;
  }
  if (!activate(r)) {
    stage->destroy(r->self);
    free(r);
    return NULL;
  }
  r->width = r->format.channels * r->format.values;
  return r;
}

void rig_again(rig *r) {
  r->stage->deactivate(r->self);
  CHECK(activate(r));
  r->out_frames = r->event_count = r->input_frames = 0;
}

void rig_events(const sb_event *events, size_t count) {
  next_events = events;
  next_event_count = count;
}

static void append(rig *r, const sb_block *out) {
  if (r->out_frames + out->frames > r->capacity) {
    r->capacity = 2 * (r->out_frames + out->frames);
    r->out = realloc(r->out, r->capacity * r->width * sizeof(float));
    r->times_ns = realloc(r->times_ns, r->capacity * sizeof(int64_t));
  }
  if (r->event_count + out->event_count > r->event_capacity) {
    r->event_capacity = 2 * (r->event_count + out->event_count);
    r->events = realloc(r->events, r->event_capacity * sizeof(sb_event));
  }
  for (uint32_t i = 0; i < out->event_count; i++) {
    r->events[r->event_count] = out->events[i];
    r->events[r->event_count++].frame += (int32_t)r->out_frames;
  }
  for (uint32_t f = 0; f < out->frames; f++, r->out_frames++) {
    memcpy(r->out + r->out_frames * r->width, out->data + (size_t)f * out->stride, r->width * sizeof(float));
    r->times_ns[r->out_frames] = sb_block_time_ns(out, f);
  }
}

/* Floats of a block. Behind them stands a guard, or under AddressSanitizer nothing that may be touched. */
#ifdef __SANITIZE_ADDRESS__
enum { GUARD = 0 };
#else
enum { GUARD = 64 };
#endif
static const uint32_t guard_bits = 0xffa5a5a5; /* a NaN */

static float *guarded(size_t count) {
  void *memory;
  if (posix_memalign(&memory, 64, (count + GUARD) * sizeof(float)) != 0) abort();
  for (size_t i = 0; i < count + GUARD; i++) memcpy((float *)memory + i, &guard_bits, sizeof guard_bits);
  return memory;
}

static bool guard_stands(const float *memory, size_t count) {
  for (size_t i = count; i < count + GUARD; i++)
    if (memcmp(memory + i, &guard_bits, sizeof guard_bits) != 0) return false;
  return true;
}

static bool padding_is_finite(const sb_block *block) {
  for (uint32_t f = 0; f < block->frames; f++)
    for (uint32_t i = block->channels * block->values; i < block->stride; i++)
      if (!isfinite(block->data[(size_t)f * block->stride + i])) return false;
  return true;
}

static void process(rig *r, const sb_block *in, sb_block *out) {
  allocations_begin();
  const sb_status status = r->stage->process(r->self, in, out);
  const allocations taken = allocations_end();
  const char *type = r->stage->type;
  check_that(status == SB_OK, __FILE__, __LINE__, "%s: process returns %d", type, status);
  check_that(taken.calls == 0, __FILE__, __LINE__, "%s: process takes or gives back memory %zu times", type, taken.calls);
  check_that(out->frames <= r->format.max_frames, __FILE__, __LINE__, "%s: %u frames, more than %u", type, out->frames,
             r->format.max_frames);
  check_that(padding_is_finite(out), __FILE__, __LINE__, "%s: the padding is not finite", type);
}

void rig_run(rig *r, const float *input, size_t frames, uint32_t block_frames) {
  const uint32_t in_stride = sb_stride(r->in.channels, r->in.values), out_stride = sb_stride(r->format.channels, r->format.values);
  const uint32_t in_width = r->in.channels * r->in.values;
  const size_t in_floats = (size_t)block_frames * in_stride, out_floats = (size_t)r->format.max_frames * out_stride;
  float *in_data = guarded(in_floats), *before = guarded(in_floats), *out_data = guarded(out_floats);
  int64_t *times = calloc(r->format.max_frames, sizeof(int64_t));
  sb_event in_events[SB_BLOCK_MAX_EVENTS], out_events[SB_BLOCK_MAX_EVENTS];
  for (size_t start = 0; start < frames; start += block_frames) {
    uint32_t count = frames - start < block_frames ? (uint32_t)(frames - start) : block_frames;
    memset(in_data, 0, in_floats * sizeof(float));
    for (uint32_t f = 0; f < count; f++) memcpy(in_data + (size_t)f * in_stride, input + (start + f) * in_width, in_width * 4);
    sb_block in = {.size = sizeof in, .first_frame = r->input_frames, .rate_hz = r->in.rate_hz, .frames = count, .channels = r->in.channels,
                   .values = r->in.values, .stride = in_stride, .data = in_data, .events = in_events,
                   .time_ns = (int64_t)((double)r->input_frames * 1e9 / r->in.rate_hz + 0.5)};
    for (size_t i = 0; i < next_event_count; i++) {
      int64_t frame = next_events[i].frame - (int64_t)r->input_frames;
      if (frame < 0 || frame >= count || in.event_count == SB_BLOCK_MAX_EVENTS) continue;
      in_events[in.event_count] = next_events[i];
      in_events[in.event_count++].frame = (int32_t)frame;
    }
    sb_block out = in;
    out.rate_hz = r->format.rate_hz;
    out.channels = r->format.channels;
    out.values = r->format.values;
    out.stride = out_stride;
    out.data = r->in_place ? in_data : out_data;
    out.times_ns = r->format.rate_hz == 0 ? times : NULL;
    out.events = r->in_place ? in_events : out_events;
    if (!r->in_place) memcpy(out_events, in_events, in.event_count * sizeof *in_events);
    memcpy(before, in_data, in_floats * sizeof(float));
    process(r, &in, &out);
    const char *type = r->stage->type;
    const bool kept = r->in_place || memcmp(in_data, before, in_floats * sizeof(float)) == 0;
    check_that(kept, __FILE__, __LINE__, "%s writes into its input", type);
    check_that(guard_stands(in_data, in_floats), __FILE__, __LINE__, "%s writes behind its input", type);
    check_that(guard_stands(out_data, out_floats), __FILE__, __LINE__, "%s writes behind its output", type);
    if (r->width > 0) append(r, &out);
    r->input_frames += count;
  }
  free(in_data), free(before), free(out_data), free(times);
  next_event_count = 0;
}

void rig_change(rig *r, const char *id, double number) {
  for (uint32_t i = 0; i < r->stage->param_count; i++)
    if (strcmp(r->stage->params[i].id, id) == 0) r->stage->set(r->self, i, &(sb_value){.number = number});
}

void rig_close(rig *r) {
  if (!r) return;
  r->stage->deactivate(r->self);
  r->stage->destroy(r->self);
  free(r->out), free(r->times_ns), free(r->events), free(r);
}

static void check_same(const rig *a, const rig *b, uint32_t block_frames, double tolerance) {
  check_that(a->out_frames == b->out_frames, __FILE__, __LINE__, "%s in blocks of %u: %zu frames, not %zu", a->stage->type, block_frames,
             b->out_frames, a->out_frames);
  double worst = 0;
  for (size_t i = 0; i < a->out_frames * a->width && i < b->out_frames * b->width; i++) {
    double error_here = fabs((double)a->out[i] - (double)b->out[i]);
    if (!(error_here <= worst)) worst = error_here;
  }
  check_that(worst <= tolerance, __FILE__, __LINE__, "%s in blocks of %u: off by %g", a->stage->type, block_frames, worst);
}

void rig_check_block_sizes(const sb_stage_class *stage, sb_format in, const rig_set *sets, const float *input, size_t frames, double tolerance) {
  static const uint32_t sizes[] = {1, 7, 32};
  const uint32_t width = in.channels * in.values;
  rig *whole = rig_open(stage, in, sets);
  if (!check_that(whole != NULL, __FILE__, __LINE__, "%s: %s", stage->type, rig_error())) return;
  rig_run(whole, input, frames, in.max_frames);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    rig *pieces = rig_open(stage, in, sets);
    rig_run(pieces, input, frames, sizes[i]);
    check_same(whole, pieces, sizes[i], tolerance);
    rig_close(pieces);
  }

  float *other = calloc(frames * width, sizeof(float));
  rig *silent = rig_open(stage, in, sets);
  rig_run(silent, other, frames, 32);
  for (size_t i = 0; i < silent->out_frames * silent->width; i++)
    if (!check_that(isfinite(silent->out[i]), __FILE__, __LINE__, "%s: silence gives %g", stage->type, (double)silent->out[i])) break;
  rig_close(silent);

  memcpy(other, input, frames * width * sizeof(float));
  other[(frames / 4) * width] = NAN;
  rig *poisoned = rig_open(stage, in, sets);
  rig_run(poisoned, other, frames, 32);
  const size_t last = poisoned->out_frames ? poisoned->out_frames - 1 : 0;
  for (size_t i = last * poisoned->width; i < poisoned->out_frames * poisoned->width; i++)
    if (!check_that(isfinite(poisoned->out[i]), __FILE__, __LINE__, "%s: still %g at the end, after one NaN", stage->type, (double)poisoned->out[i])) break;
  rig_close(poisoned);
  free(other);
  rig_close(whole);
}
