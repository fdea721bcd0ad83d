/* SPDX-License-Identifier: Apache-2.0
 *
 * What comes out for signals of every kind: its shape, its numbers, its events, its delay.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "trial.h"

enum { BAD_FRAME = 10 };

void case_shape(const subject *s) {
  rig_shape shapes[3];
  const uint32_t count = case_shapes(s, shapes, 3);
  uint64_t state = s->seed;
  bool any = false;
  for (uint32_t k = 0; k < count; k++) {
    const test_signal signal = case_signal(s, &shapes[k]);
    for (uint32_t frames = 1; frames <= shapes[k].max_frames; frames += frames < 9 ? 1 : draw_between(&state, 1, 40)) {
      rig *r = rig_open(s->of, &shapes[k], FENCE_BEHIND);
      rig_run(r, &signal, 3 * (uint64_t)shapes[k].max_frames, (rig_cut){.frames = frames});
      rig_close(r);
    }
    any |= case_frames(s, &shapes[k]) > 0;
  }
  if (!any && s->of->stage->output != SB_PORT_NONE) trial_note("nothing comes out within a minute of signal");
}

void case_memory_bounds(const subject *s) {
  rig_shape shapes[3];
  const uint32_t count = case_shapes(s, shapes, 3);
  for (uint32_t k = 0; k < count; k++) {
    const test_signal signal = case_signal(s, &shapes[k]);
    const uint64_t frames = case_frames(s, &shapes[k]);
    for (int edge = FENCE_BEHIND; edge <= FENCE_BEFORE; edge++)
      for (int pass = 0; pass < 2; pass++) {
        rig *r = rig_open(s->of, &shapes[k], (fence_edge)edge);
        rig_run(r, &signal, frames, (rig_cut){.frames = pass ? 0 : shapes[k].max_frames, .state = s->seed});
        rig_close(r);
      }
  }
}

void case_silence(const subject *s) {
  static const struct {
    const char *what;
    float number;
  } constants[] = {
      {"on silence", 0}, {"on denormals", 1e-40f}, {"on an offset of 1 V", 1e6f}, {"on an offset of -1 V", -1e6f}};
  rig_shape shapes[2];
  const uint32_t count = case_shapes(s, shapes, 2);
  for (uint32_t k = 0; k < count; k++) {
    const uint64_t frames = case_frames(s, &shapes[k]);
    test_signal signal = case_signal(s, &shapes[k]);
    rig *clean = case_run(s, &shapes[k], &signal, frames, (rig_cut){.state = s->seed});
    case_require_finite(clean, 0, "on a clean signal");
    rig_close(clean);
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
      signal.is_constant = true, signal.constant = constants[i].number;
      rig *r = case_run(s, &shapes[k], &signal, frames, (rig_cut){.state = s->seed});
      case_require_finite(r, 0, constants[i].what);
      rig_close(r);
    }
  }
}

/* The last frame of the channels that were good; of all, where the output's channels are not the input's. */
static void require_recovered(const rig *r, uint32_t bad, const char *what) {
  if (r->frames == 0 || r->format.channels != r->in.channels || r->format.channels == 1) return;
  for (uint32_t i = 0; i < r->width; i++) {
    const float last = r->out[(r->frames - 1) * r->width + i];
    if (i % r->format.channels != bad && !isfinite(last))
      trial_fail("%s in another channel, column %u is still %g %g s later", what, i, (double)last,
                 (double)r->input_frames / r->in.rate_hz);
  }
}

void case_bad_numbers(const subject *s) {
  static const float numbers[] = {NAN, INFINITY, -INFINITY, 1e30f, 1e-40f};
  rig_shape shapes[2];
  const uint32_t count = case_shapes(s, shapes, 2);
  for (uint32_t k = 0; k < count; k++) {
    const uint64_t frames = case_frames(s, &shapes[k]);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
      test_signal signal = case_signal(s, &shapes[k]);
      const uint32_t bad = shapes[k].channels - 1;
      char what[64];
      signal.has_number = true, signal.number = numbers[i], signal.number_frame = BAD_FRAME, signal.number_column = bad;
      snprintf(what, sizeof what, "after one %g", (double)numbers[i]);
      rig *r = case_run(s, &shapes[k], &signal, frames, (rig_cut){.state = s->seed});
      require_recovered(r, bad, what);
      signal.has_number = false;
      rig_again(r);
      rig_run(r, &signal, frames, (rig_cut){.state = s->seed});
      snprintf(what, sizeof what, "activated again after one %g", (double)numbers[i]);
      case_require_finite(r, 0, what);
      rig_close(r);
    }
  }
}

void case_events(const subject *s) {
  rig_shape shapes[2];
  const uint32_t count = case_shapes(s, shapes, 2);
  if (s->of->stage->output == SB_PORT_NONE) trial_skip("it has no output");
  for (uint32_t k = 0; k < count; k++) {
    test_signal signal = case_signal(s, &shapes[k]);
    signal.event_every = 41;
    const uint64_t frames = case_frames(s, &shapes[k]);
    rig *r = case_run(s, &shapes[k], &signal, frames, (rig_cut){.state = s->seed});
    if (r->frames != r->input_frames || r->format.rate_hz != r->in.rate_hz)
      trial_skip("its frames are not those of its input");
    uint64_t expected = signal.event_every / 2;
    for (size_t i = 0; i < r->event_count; i++) {
      if (strcmp(r->events[i].label, "stimulus") != 0) continue;
      if (r->events[i].frame != (int32_t)expected)
        trial_fail("an event at frame %llu is missing from the output; the next is at %d", (unsigned long long)expected,
                   r->events[i].frame);
      expected += signal.event_every;
    }
    if (expected < frames)
      trial_fail("an event at frame %llu is missing from the output", (unsigned long long)expected);
    rig_close(r);
  }
}

/* ---- latency ---- */

static double correlation(const rig *r, const test_signal *signal, uint32_t lag, size_t from) {
  double both = 0, in = 0, out = 0;
  for (size_t i = from; i < r->frames; i++) {
    const double x = (double)test_signal_at(signal, i - lag, 0), y = (double)r->out[i * r->width];
    both += x * y, in += x * x, out += y * y;
  }
  return in > 0 && out > 0 ? both / sqrt(in * out) : 0;
}

void case_latency(const subject *s) {
  const sb_ext_latency *latency = component_extension(s->of, SB_EXT_LATENCY);
  if (!latency) trial_skip("it states no latency (%s)", SB_EXT_LATENCY);
  rig_shape shape;
  case_shapes(s, &shape, 1);
  test_signal signal = case_signal(s, &shape);
  signal.white = true;
  rig *r = rig_open(s->of, &shape, FENCE_BEHIND);
  double seconds = 0;
  CALL("latency.seconds", seconds = latency->seconds(r->self));
  if (!(seconds >= 0 && seconds < 60)) trial_fail("states a latency of %g s", seconds);
  if (s->of->stage->output != SB_PORT_SIGNAL || s->of->stage->input != SB_PORT_SIGNAL ||
      r->format.rate_hz != r->in.rate_hz || r->format.channels != r->in.channels)
    trial_skip("it states %g s; its output's frames are not those of its input, so there is no delay to measure",
               seconds);
  const uint32_t stated = (uint32_t)(seconds * r->in.rate_hz + 0.5), most = 2 * stated + 250, frames = most + 4000;
  rig_run(r, &signal, frames, (rig_cut){.frames = shape.max_frames});
  if (r->frames != r->input_frames) trial_skip("it states %g s; not every frame comes out", seconds);
  uint32_t best = 0;
  double peak = 0;
  for (uint32_t lag = 0; lag <= most; lag++) {
    const double here = fabs(correlation(r, &signal, lag, most));
    if (here > peak) peak = here, best = lag;
  }
  rig_close(r);
  if (peak < 0.3) trial_skip("it states %g s; its output is not enough like its input to measure it", seconds);
  if (fabs((double)best - seconds * shape.rate_hz) > 1.5)
    trial_fail("states a latency of %g s, which is %g frames; its output lags %u frames behind", seconds,
               seconds * shape.rate_hz, best);
  trial_note("%g s stated, %g s measured", seconds, best / shape.rate_hz);
}

/* ---- sources ---- */

void case_read(const subject *s) {
  rig_shape shape;
  case_shapes(s, &shape, 1);
  const test_signal none = {0};
  const uint64_t frames = case_frames(s, &shape);
  rig *r = rig_open(s->of, &shape, FENCE_BEHIND);
  rig_run(r, &none, frames, (rig_cut){.frames = shape.max_frames});
  case_require_finite(r, 0, "from the source");
  for (size_t i = 1; s->of->source->flags & SB_SOURCE_SELF_PACED && i < r->frames; i++)
    if (r->times_ns[i] <= r->times_ns[i - 1])
      trial_fail("frame %zu is not later than the one before; a self-paced source sets out->time_ns", i);
  if (r->has_ended)
    for (int again = 0; again < 3; again++) {
      rig_prepare(r, &none, shape.max_frames);
      const sb_status status = rig_process(r);
      if (status != SB_END) trial_fail("read returns %d after SB_END", status);
    }
  if (r->has_ended && r->frames == 0) trial_note("it ended before its first frame");
}
