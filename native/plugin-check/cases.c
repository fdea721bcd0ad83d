/* SPDX-License-Identifier: Apache-2.0 */
#include "cases.h"

#include <math.h>
#include <stagebox_engine.h>
#include <stdlib.h>
#include <string.h>

#include "trial.h"

const check_case cases[] = {
    /* the table is sound: names, kinds, limits, units, defaults within them, functions that are there */
    {"descriptor", true, true, case_descriptor, false, "its table is not sound"},
    /* with its defaults it takes signals of many rates, channels and block lengths, or refuses in words */
    {"formats", true, true, case_formats, false, NULL},
    /* a block is computed in less time than it lasts */
    {"cost", true, true, case_cost, false, "it is slower than its signal"},
    /* at the ends of its table, and anywhere between, it runs or refuses in words */
    {"parameters", true, true, case_parameters, false, NULL},
    /* whatever the block length, what comes out has the shape and length that activate promised */
    {"shape", true, false, case_shape, false, NULL},
    /* what a source reads has the shape that activate promised; after the end nothing comes */
    {"read", false, true, case_read, false, NULL},
    /* nothing is read or written beyond the blocks, before or behind, and nothing is written into the input */
    {"memory bounds", true, true, case_memory_bounds, false, NULL},
    /* however the signal is cut into blocks, the same comes out */
    {"block sizes", true, true, case_block_sizes, false, NULL},
    /* SB_STAGE_IN_PLACE: the same comes out where the output lies on the input */
    {"in place", true, false, case_in_place, false, NULL},
    /* activated again it begins anew */
    {"again", true, true, case_again, false, NULL},
    /* two instances know nothing of each other */
    {"instances", true, true, case_instances, false, NULL},
    /* silence, denormals, an offset: numbers come out */
    {"silence", true, false, case_silence, false, NULL},
    /* one NaN, infinity or huge number in a channel: the others get over it within seconds, all after a reset */
    {"bad numbers", true, false, case_bad_numbers, false, NULL},
    /* events stay on their frames */
    {"events", true, false, case_events, false, NULL},
    /* a live parameter may change between any two blocks */
    {"live parameters", true, true, case_live_parameters, false, NULL},
    /* a state goes on in another instance as if nothing had been */
    {"state", true, true, case_state, false, NULL},
    /* bytes that are no state are refused, or do no harm */
    {"foreign state", true, true, case_foreign_state, false, NULL},
    /* the latency that it states is the one that is there */
    {"latency", true, false, case_latency, false, NULL},
    /* no memory is taken or given back on the real-time thread */
    {"allocation", true, true, case_allocation, false, NULL},
    /* no system call is made on the real-time thread */
    {"blocking", true, true, case_blocking, true, NULL},
    /* memory, descriptors and threads are given back */
    {"leaks", true, true, case_leaks, false, NULL},
    /* the library can be closed */
    {"unload", true, true, case_unload, false, NULL},
};
const uint32_t case_count = sizeof cases / sizeof *cases;

static const double SECONDS = 8, PATIENCE_S = 64, SOURCE_S = 2;
enum { BLOCKS = 300, QUICK_BLOCKS = 120 }; /* at least: what goes wrong may do so late */

uint32_t case_shapes(const subject *s, rig_shape *out, uint32_t most) {
  static const rig_shape shapes[] = {{250, 8, 64}, {1000, 3, 256}, {125, 2, 32}, {16000, 1, 512}, {250, 1, 64}};
  uint32_t count = 0;
  if (s->quick) most = 1;
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes && count < most; i++) {
    rig *r = rig_open(s->of, &shapes[i], FENCE_BEHIND);
    if (r) out[count++] = shapes[i];
    rig_close(r);
    if (s->of->source && r) break; /* a source has one shape, its own */
  }
  if (count == 0) trial_skip("it takes none of the formats that were tried (%s)", sb_last_error());
  return count;
}

test_signal case_signal(const subject *s, const rig_shape *shape) {
  return (test_signal){.seed = s->seed, .rate_hz = shape->rate_hz, .event_every = (uint32_t)(shape->rate_hz * 1.7)};
}

uint64_t case_frames(const subject *s, const rig_shape *shape) {
  if (s->of->source) {
    rig *r = rig_open(s->of, shape, FENCE_BEHIND);
    const bool self_paced = s->of->source->flags & SB_SOURCE_SELF_PACED;
    const double seconds = self_paced ? 0.3 : SOURCE_S, rate_hz = r->format.rate_hz > 0 ? r->format.rate_hz : 100;
    rig_close(r);
    return (uint64_t)ceil(fmin(seconds * rate_hz, 50000));
  }
  const test_signal signal = case_signal(s, shape);
  rig *r = rig_open(s->of, shape, FENCE_BEHIND);
  const double rate_hz = r->in.rate_hz;
  uint64_t frames = (uint64_t)fmax(SECONDS * rate_hz, (double)shape->max_frames * (s->quick ? QUICK_BLOCKS : BLOCKS));
  rig_run(r, &signal, frames, (rig_cut){.frames = shape->max_frames});
  while (r->frames == 0 && frames < (uint64_t)(PATIENCE_S * rate_hz) && s->of->stage->output != SB_PORT_NONE) {
    rig_run(r, &signal, frames, (rig_cut){.frames = shape->max_frames});
    frames *= 2;
  }
  if (r->frames == 0 && s->of->stage->output != SB_PORT_NONE) frames = 0;
  rig_close(r);
  return frames;
}

rig *case_run(const subject *s, const rig_shape *shape, const test_signal *signal, uint64_t frames, rig_cut cut) {
  rig *r = rig_open(s->of, shape, FENCE_BEHIND);
  if (!r) trial_fail("refuses a format that it took a moment ago: %s", sb_last_error());
  rig_run(r, signal, frames, cut);
  return r;
}

static int by_frame_and_label(const void *a, const void *b) {
  const sb_event *one = a, *other = b;
  return one->frame != other->frame ? (one->frame > other->frame) - (one->frame < other->frame)
                                    : strcmp(one->label, other->label);
}

static void require_same_events(rig *a, rig *b, const char *what) {
  if (a->event_count != b->event_count)
    trial_fail("%s, %zu events come out, not %zu", what, b->event_count, a->event_count);
  if (a->event_count == 0) return;
  qsort(a->events, a->event_count, sizeof *a->events, by_frame_and_label);
  qsort(b->events, b->event_count, sizeof *b->events, by_frame_and_label);
  for (size_t i = 0; i < a->event_count; i++)
    if (by_frame_and_label(&a->events[i], &b->events[i]) != 0)
      trial_fail("%s, the event \"%s\" is at frame %d, not \"%s\" at %d", what, b->events[i].label, b->events[i].frame,
                 a->events[i].label, a->events[i].frame);
}

void case_require_same(rig *a, rig *b, double tolerance, const char *what) {
  if (a->frames != b->frames) trial_fail("%s, %zu frames come out, not %zu", what, b->frames, a->frames);
  double largest = 0;
  for (size_t i = 0; i < a->frames * a->width; i++)
    if (isfinite(a->out[i])) largest = fmax(largest, fabs((double)a->out[i]));
  for (size_t i = 0; i < a->frames * a->width; i++) {
    const double off = fabs((double)a->out[i] - (double)b->out[i]);
    if (memcmp(&a->out[i], &b->out[i], sizeof *a->out) == 0 || (isnan(a->out[i]) && isnan(b->out[i])) ||
        off <= tolerance * largest)
      continue;
    trial_fail("%s, other numbers come out: %.9g, not %.9g, in frame %zu, column %zu", what, (double)b->out[i],
               (double)a->out[i], i / a->width, i % a->width);
  }
  for (size_t i = 0; i < a->frames; i++)
    if (llabs(a->times_ns[i] - b->times_ns[i]) > 2 && a->of->stage)
      trial_fail("%s, frame %zu has another time: %lld ns off", what, i, (long long)(b->times_ns[i] - a->times_ns[i]));
  require_same_events(a, b, what);
}

/* Of features, a first row may say that there is nothing to say yet. */
void case_require_finite(const rig *r, size_t from_frame, const char *what) {
  const bool features = r->format.port == SB_PORT_FEATURES && from_frame == 0;
  for (size_t i = (from_frame + features) * r->width; i < r->frames * r->width; i++)
    if (!isfinite(r->out[i]))
      trial_fail("%s, %g comes out, in frame %zu, column %zu", what, (double)r->out[i], i / r->width, i % r->width);
}
