/* SPDX-License-Identifier: Apache-2.0
 *
 * The same signal gives the same output: in other blocks, in place, again, beside another instance, from a state.
 */
#include <stagebox_engine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "trial.h"

/* Of the largest number that comes out: what another order of the same additions may differ by. */
static const double ROUNDING = 1e-5, STATE_ROUNDING = 1e-4;

static uint64_t frames_or_skip(const subject *s, const rig_shape *shape) {
  const uint64_t frames = case_frames(s, shape);
  if (frames == 0) trial_skip("nothing comes out within a minute of signal");
  return frames;
}

/* A source may draw other numbers each time; then there is nothing to compare. */
static rig *reference_run(const subject *s, const rig_shape *shape, const test_signal *signal, uint64_t frames) {
  rig *first = case_run(s, shape, signal, frames, (rig_cut){.frames = shape->max_frames});
  if (s->of->stage) return first;
  if (s->of->source->flags & SB_SOURCE_SELF_PACED) trial_skip("a device sets its pace, so that no two runs are alike");
  rig *second = case_run(s, shape, signal, frames, (rig_cut){.frames = shape->max_frames});
  if (first->frames != second->frames ||
      memcmp(first->out, second->out, first->frames * first->width * sizeof(float)) != 0)
    trial_skip("it gives other numbers in every run");
  rig_close(second);
  return first;
}

/* What happens in the first blocks is told before what a long run brings to light. */
enum { FIRST_BLOCKS = 10 };

typedef void with_reference(const subject *s, const rig_shape *shape, const test_signal *signal, uint64_t frames,
                            rig *whole);

static void for_shapes(const subject *s, with_reference *check) {
  rig_shape shapes[3];
  const uint32_t count = case_shapes(s, shapes, 3);
  for (uint32_t k = 0; k < count; k++) {
    const test_signal signal = case_signal(s, &shapes[k]);
    for (int pass = 0; pass < 2; pass++) {
      const uint64_t frames = pass ? frames_or_skip(s, &shapes[k]) : FIRST_BLOCKS * (uint64_t)shapes[k].max_frames;
      rig *whole = reference_run(s, &shapes[k], &signal, frames);
      check(s, &shapes[k], &signal, frames, whole);
      rig_close(whole);
    }
  }
}

static void check_block_sizes(const subject *s, const rig_shape *shape, const test_signal *signal, uint64_t frames,
                              rig *whole) {
  const uint32_t sizes[] = {1, 7, 32};
  uint64_t state = s->seed;
  for (uint32_t i = 0; i < 3 + (s->quick ? 1 : 3); i++) {
    char what[80];
    const rig_cut cut = {.frames = i < 3 ? sizes[i] : 0, .state = draw(&state)};
    if (cut.frames) snprintf(what, sizeof what, "in blocks of %u instead of %u frames", cut.frames, shape->max_frames);
    else snprintf(what, sizeof what, "in blocks of drawn lengths instead of %u frames", shape->max_frames);
    rig *pieces = case_run(s, shape, signal, frames, cut);
    case_require_same(whole, pieces, ROUNDING, what);
    rig_close(pieces);
  }
}
void case_block_sizes(const subject *s) { for_shapes(s, check_block_sizes); }

static void check_in_place(const subject *s, const rig_shape *shape, const test_signal *signal, uint64_t frames,
                           rig *whole) {
  rig *r = rig_open(s->of, shape, FENCE_BEHIND);
  const bool fits = r->in.rate_hz == r->format.rate_hz && r->in.max_frames >= r->format.max_frames &&
                    sb_stride(r->in.channels, r->in.values) == sb_stride(r->format.channels, r->format.values);
  if (!fits) trial_skip("its output has another shape than its input, so it is never run in place");
  r->in_place = true;
  rig_run(r, signal, frames, (rig_cut){.state = s->seed});
  case_require_same(whole, r, ROUNDING, "in place");
  rig_close(r);
}
void case_in_place(const subject *s) {
  if (!(s->of->stage->flags & SB_STAGE_IN_PLACE)) trial_skip("it does not say SB_STAGE_IN_PLACE");
  for_shapes(s, check_in_place);
}

static void check_again(const subject *s, const rig_shape *shape, const test_signal *signal, uint64_t frames,
                        rig *whole) {
  test_signal other = *signal;
  other.seed++;
  rig *r = case_run(s, shape, &other, frames, (rig_cut){.frames = shape->max_frames});
  rig_again(r);
  rig_run(r, signal, frames, (rig_cut){.frames = shape->max_frames});
  case_require_same(whole, r, 0, "activated again");
  rig_close(r);
}
void case_again(const subject *s) { for_shapes(s, check_again); }

static void check_instances(const subject *s, const rig_shape *shape, const test_signal *signal, uint64_t frames,
                            rig *whole) {
  test_signal other = *signal;
  other.seed++;
  rig *r = rig_open(s->of, shape, FENCE_BEHIND), *beside = rig_open(s->of, shape, FENCE_BEHIND);
  if (!beside) trial_fail("refuses to be made while there is another instance: %s", sb_last_error());
  for (uint64_t done = 0; done < frames;) {
    const uint32_t run = (uint32_t)(frames - done < shape->max_frames ? frames - done : shape->max_frames);
    rig_run(r, signal, run, (rig_cut){.frames = run});
    rig_run(beside, &other, run, (rig_cut){.frames = run});
    done += run;
  }
  rig_close(beside);
  case_require_same(whole, r, ROUNDING, "beside another instance");
  rig_close(r);
}
void case_instances(const subject *s) { for_shapes(s, check_instances); }

/* ---- state ---- */

static const sb_ext_state *state_or_skip(const subject *s) {
  const sb_ext_state *state = component_extension(s->of, SB_EXT_STATE);
  if (!state) trial_skip("it has no state to hand over (%s)", SB_EXT_STATE);
  if (!state->bytes || !state->save || !state->load) trial_fail("a function of " SB_EXT_STATE " is missing");
  return state;
}

static uint32_t bytes_of(const sb_ext_state *state, const rig *r) {
  uint32_t bytes = 0;
  CALL("state.bytes", bytes = state->bytes(r->self));
  if (bytes > 1u << 28) trial_fail("says that its state has %u bytes", bytes);
  return bytes;
}

/* Behind the second half of the whole run, as far as that goes. */
static void require_goes_on(const rig *whole, const rig *from, const rig *to) {
  rig rest = *whole;
  if (from->frames + to->frames != whole->frames)
    trial_fail("from a state at half time, %zu frames come out, not %zu", to->frames, whole->frames - from->frames);
  rest.out += from->frames * whole->width;
  rest.frames = to->frames;
  rig other = *to;
  rest.event_count = other.event_count = 0;
  for (size_t i = 0; i < rest.frames; i++) other.times_ns[i] = rest.times_ns[from->frames + i];
  rest.times_ns += from->frames;
  case_require_same(&rest, &other, STATE_ROUNDING, "from a state at half time");
}

static void check_state(const subject *s, const rig_shape *shape, const test_signal *signal, uint64_t frames,
                        rig *whole) {
  const sb_ext_state *state = state_or_skip(s);
  const uint64_t half = frames / 2;
  rig *from = case_run(s, shape, signal, half, (rig_cut){.frames = shape->max_frames});
  rig *to = rig_open(s->of, shape, FENCE_BEHIND);
  const uint32_t bytes = bytes_of(state, from);
  void *saved = fence_memory("state", bytes, FENCE_BEHIND);
  CALL("state.save", state->save(from->self, saved));
  fence_set_read_only(saved, true);
  sb_status status;
  CALL("state.load", status = state->load(to->self, saved, bytes));
  if (status != SB_OK) trial_fail("an instance of the same shape refuses its state: load returns %d", status);
  to->input_frames = from->input_frames;
  rig_run(to, signal, frames - half, (rig_cut){.frames = shape->max_frames});
  require_goes_on(whole, from, to);
  fence_release(saved);
  rig_close(from), rig_close(to);
}
void case_state(const subject *s) { for_shapes(s, check_state); }

static void load_foreign(const subject *s, const rig_shape *shape, const sb_ext_state *state, uint32_t bytes,
                         uint64_t *seed, bool own) {
  rig *r = rig_open(s->of, shape, FENCE_BEHIND);
  uint8_t *foreign = fence_memory("state", bytes, FENCE_BEHIND);
  if (own) CALL("state.save", state->save(r->self, foreign));
  for (uint32_t i = 0; i < bytes; i++)
    if (!own || draw_between(seed, 0, 15) == 0) foreign[i] = (uint8_t)draw(seed);
  fence_set_read_only(foreign, true);
  sb_status status;
  CALL("state.load", status = state->load(r->self, foreign, bytes));
  (void)status;
  test_signal signal = case_signal(s, shape);
  rig_run(r, &signal, 500, (rig_cut){.state = draw(seed)});
  rig_again(r);
  rig_run(r, &signal, 500, (rig_cut){.state = draw(seed)});
  if (s->of->stage) case_require_finite(r, 0, "activated again after a state that was none");
  fence_release(foreign);
  rig_close(r);
}

void case_foreign_state(const subject *s) {
  const sb_ext_state *state = state_or_skip(s);
  rig_shape shape;
  case_shapes(s, &shape, 1);
  rig *r = rig_open(s->of, &shape, FENCE_BEHIND);
  const uint32_t bytes = bytes_of(state, r);
  rig_close(r);
  uint64_t seed = s->seed;
  for (uint32_t i = 0; i < (s->quick ? 8u : 32u); i++) load_foreign(s, &shape, state, bytes, &seed, i % 2);
  const uint32_t other_sizes[] = {0, 1, bytes / 2, bytes ? bytes - 1 : 0, bytes + 1, bytes + 4096};
  for (size_t i = 0; i < sizeof other_sizes / sizeof *other_sizes; i++)
    load_foreign(s, &shape, state, other_sizes[i], &seed, false);
}
