/* SPDX-License-Identifier: Apache-2.0
 *
 * What a component may not do on a real-time thread, what it must give back, and how long it takes.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cases.h"
#include "census.h"
#include "forbid.h"
#include "memory.h"
#include "place.h"
#include "trial.h"

/* ---- memory ---- */

static void require_none_taken(memory_use use, const char *call) {
  if (use.calls == 0) return;
  char where[160];
  place_describe(where, sizeof where, use.caller);
  trial_fail("%s calls %s%s: %zu calls, %zu bytes in one block; take memory in activate", call, use.function, where,
             use.calls, use.bytes);
}

/* One call, watched. False once a source has ended. */
static bool watch_block(rig *r, const test_signal *signal, uint32_t frames) {
  const sb_block own = r->out_block;
  rig_prepare(r, signal, frames);
  memory_watch();
  const sb_status status = rig_process(r);
  require_none_taken(memory_watched(), r->of->stage ? "process" : "read");
  r->out_block.data = own.data, r->out_block.events = own.events, r->out_block.times_ns = own.times_ns;
  r->input_frames += frames;
  return status == SB_OK;
}

static void watch_live(rig *r, uint64_t *state) {
  for (uint32_t i = 0; i < r->of->param_count; i++) {
    if (!(r->of->params[i].flags & SB_PARAM_LIVE)) continue;
    const double number = param_values_draw(&r->of->params[i], state);
    memory_watch();
    rig_change(r, i, number);
    require_none_taken(memory_watched(), "set");
  }
}

static void watch_state(rig *r) {
  const sb_ext_state *state = component_extension(r->of, SB_EXT_STATE);
  if (!state || !state->bytes || !state->save || !state->load) return;
  uint32_t bytes = 0;
  CALL("state.bytes", bytes = state->bytes(r->self));
  void *saved = malloc(bytes + 1);
  memory_watch();
  CALL("state.save", state->save(r->self, saved));
  require_none_taken(memory_watched(), "save");
  memory_watch();
  CALL("state.load", state->load(r->self, saved, bytes));
  require_none_taken(memory_watched(), "load");
  free(saved);
}

void case_allocation(const subject *s) {
  if (s->place != CODE_IN_LIBRARY) trial_skip("its language takes memory as it computes");
  rig_shape shapes[2];
  const uint32_t count = case_shapes(s, shapes, 2);
  uint64_t state = s->seed;
  for (uint32_t k = 0; k < count; k++) {
    const test_signal signal = case_signal(s, &shapes[k]);
    const uint64_t frames = case_frames(s, &shapes[k]);
    rig *r = rig_open(s->of, &shapes[k], FENCE_BEHIND);
    for (uint64_t done = 0; done < frames; done += shapes[k].max_frames / 2) {
      const uint32_t most = s->of->source ? r->format.max_frames : shapes[k].max_frames;
      if (!watch_block(r, &signal, draw_between(&state, 1, most))) break;
      if (draw_between(&state, 0, 9) == 0) watch_live(r, &state);
    }
    watch_state(r);
    rig_close(r);
  }
}

void case_blocking(const subject *s) {
  if (s->of->source && s->of->source->flags & SB_SOURCE_SELF_PACED)
    trial_skip("a device sets its pace, so that read waits for it");
  if (s->place == CODE_AWAITED) trial_skip("it awaits its answers, in a process of its own");
  if (s->of->stage && s->of->stage->output == SB_PORT_NONE)
    trial_skip("a sink hands its packets to somebody, in a group of its own");
  rig_shape shape;
  case_shapes(s, &shape, 1);
  const test_signal signal = case_signal(s, &shape);
  const uint64_t frames = case_frames(s, &shape);
  rig *r = rig_open(s->of, &shape, FENCE_BEHIND);
  uint64_t state = s->seed;
  const uint32_t most = s->of->source ? r->format.max_frames : shape.max_frames;
  if (!forbid_calls(s->place)) trial_skip("this machine has no seccomp");
  for (uint64_t done = 0; done < frames; done += shape.max_frames / 2) {
    const sb_block own = r->out_block;
    rig_prepare(r, &signal, draw_between(&state, 1, most));
    if (rig_process(r) != SB_OK) break;
    r->out_block.data = own.data, r->out_block.events = own.events, r->out_block.times_ns = own.times_ns;
    for (uint32_t i = 0; i < s->of->param_count && draw_between(&state, 0, 9) == 0; i++)
      if (s->of->params[i].flags & SB_PARAM_LIVE) rig_change(r, i, param_values_draw(&s->of->params[i], &state));
  }
}

/* ---- leaks ---- */

static void one_life(const subject *s, const rig_shape *shape, uint64_t frames) {
  const test_signal signal = case_signal(s, shape);
  rig *r = rig_open(s->of, shape, FENCE_BEHIND);
  rig_run(r, &signal, frames, (rig_cut){.frames = shape->max_frames});
  rig_again(r);
  rig_run(r, &signal, frames, (rig_cut){.frames = shape->max_frames});
  rig_close(r);
}

static void refused_life(const subject *s) {
  const rig_shape odd = {1, 64, 1};
  rig_close(rig_open(s->of, &odd, FENCE_BEHIND)); /* many refuse a rate of 1 Hz, in create or in activate */
}

void case_leaks(const subject *s) {
  enum { WARM_UP = 3, LIVES = 12 };
  rig_shape shape;
  case_shapes(s, &shape, 1);
  const uint64_t frames = case_frames(s, &shape);
  census before = {0};
  for (int i = 0; i < WARM_UP + LIVES; i++) {
    if (i == WARM_UP) before = census_take();
    one_life(s, &shape, frames);
    if (s->of->stage) refused_life(s);
  }
  nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL); /* threads that are about to end */
  const census after = census_take();
  const long blocks = after.memory.blocks - before.memory.blocks, bytes = after.memory.bytes - before.memory.bytes;
  const long mappings = after.memory.mappings - before.memory.mappings;
  const long files = after.files - before.files, threads = after.threads - before.threads;
  char lost[200] = "";
  size_t used = 0;
  if (blocks >= LIVES)
    used += (size_t)snprintf(lost + used, sizeof lost - used, ", %ld blocks of memory (%ld bytes)", blocks, bytes);
  if (mappings >= LIVES) used += (size_t)snprintf(lost + used, sizeof lost - used, ", %ld mappings", mappings);
  if (files >= LIVES) used += (size_t)snprintf(lost + used, sizeof lost - used, ", %ld open files", files);
  if (threads >= LIVES) used += (size_t)snprintf(lost + used, sizeof lost - used, ", %ld threads", threads);
  if (used) trial_fail("keeps%s after %d rounds of create, activate, process, deactivate and destroy", lost + 1, LIVES);
}

/* A new build is opened in the place of the old one, which nothing of it may outlive. */
void case_unload(const subject *s) {
  if (!s->handle) trial_skip("it goes with its process");
  rig_shape shape;
  case_shapes(s, &shape, 1);
  one_life(s, &shape, 2 * (uint64_t)shape.max_frames);
  CALL("dlclose", dlclose(s->handle));
  CALL("what goes on after dlclose", nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL));
}

/* ---- cost ---- */

enum { MOST_CALLS = 4000 };

static int by_size(const void *a, const void *b) {
  const double one = *(const double *)a, other = *(const double *)b;
  return (one > other) - (one < other);
}

static double now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec * 1e-3;
}

static double timed_block_us(rig *r, const test_signal *signal, uint32_t frames, sb_status *status) {
  const sb_block own = r->out_block;
  rig_prepare(r, signal, frames);
  const double before = now_us();
  *status = rig_process(r);
  const double took_us = now_us() - before;
  r->input_frames += frames;
  r->out_block.data = own.data, r->out_block.events = own.events, r->out_block.times_ns = own.times_ns;
  return took_us;
}

/* A language that compiles what it runs often, while it runs, begins slowly: an interpreter within WebAssembly takes
 * about a second. What keeps up with its signal for a while is compiled. */
static void warm_up(rig *r, const test_signal *signal, uint32_t frames, double lasts_us) {
  enum { IN_TIME = 50, AT_MOST_US = 5000000 };
  sb_status status = SB_OK;
  const double began = now_us();
  for (int in_time = 0; in_time < IN_TIME && status == SB_OK && now_us() - began < AT_MOST_US;)
    in_time = timed_block_us(r, signal, frames, &status) < lasts_us ? in_time + 1 : 0;
}

/* Appends "8 x 32: p50 1.2 us, p99 1.5 us of 32000 us" to the words; false if p99 is longer than the block. */
static bool measure(const subject *s, const rig_shape *shape, char *words, size_t bytes) {
  const test_signal signal = case_signal(s, shape);
  rig *r = rig_open(s->of, shape, FENCE_BEHIND);
  if (!r) return true;
  const uint32_t channels = s->of->source ? r->format.channels : shape->channels;
  const uint32_t frames = s->of->source ? r->format.max_frames : shape->max_frames;
  const double rate_hz = s->of->source ? r->format.rate_hz : r->in.rate_hz;
  const double lasts_us = frames / (rate_hz > 0 ? rate_hz : 100) * 1e6;
  if (s->place != CODE_IN_LIBRARY) warm_up(r, &signal, frames, lasts_us);
  double *times_us = calloc(MOST_CALLS, sizeof *times_us), began = now_us();
  uint32_t count = 0;
  sb_status status = SB_OK;
  while (count < MOST_CALLS && (now_us() - began < (s->quick ? 1e5 : 1e6) || count < 20) && status == SB_OK)
    times_us[count++] = timed_block_us(r, &signal, frames, &status);
  qsort(times_us, count, sizeof *times_us, by_size);
  const double p50 = times_us[count / 2], p99 = times_us[count * 99 / 100];
  const bool fits = p99 < lasts_us;
  snprintf(words + strlen(words), bytes - strlen(words), "%s%u x %u: p50 %.3g us, p99 %.3g us of %.6g us, %s",
           *words ? "; " : "", channels, frames, p50, p99, lasts_us, fits ? "fits" : "does not fit");
  free(times_us);
  rig_close(r);
  return fits;
}

void case_cost(const subject *s) {
  static const rig_shape shapes[] = {{1000, 8, 32}, {1000, 64, 256}};
  char words[300] = "";
  bool fits = true;
  if (s->of->source && s->of->source->flags & SB_SOURCE_SELF_PACED) trial_skip("a device sets its pace");
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) fits &= measure(s, &shapes[i], words, sizeof words);
  if (!fits) trial_fail("%s", words);
  if (!*words) trial_skip("it takes neither 8 nor 64 channels at 1 kHz");
  trial_note("%s", words);
}
