/* SPDX-License-Identifier: Apache-2.0
 *
 * What every built-in stage must do, with its default parameters, for signals of several shapes. The rig checks every
 * block on the way.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocations.h"
#include "check.h"
#include "every_stage.h"
#include "noise.h"

typedef struct shape {
  double rate_hz;
  uint32_t channels;
  double seconds;
} shape;

/* Long enough for two windows of the spectral stages to come after a bad sample at the start. */
static const shape shapes[] = {{100, 8, 16}, {250, 33, 6.5}, {1000, 3, 4.5}, {48000, 1, 3.2}};
static const uint32_t block_sizes[] = {1, 7, 32};
enum { SHAPES = sizeof shapes / sizeof *shapes, SHORT_SHAPES = SHAPES - 1 };
enum { BLOCK_SIZES = sizeof block_sizes / sizeof *block_sizes, BAD_FRAME = 10 };

#define MEETS(condition, ...) check_that((condition), __FILE__, __LINE__, __VA_ARGS__)

typedef struct signal {
  sb_format format;
  size_t frames, floats;
  float *x;
  sb_event event; /* one, so that an epoch is due in one block only */
} signal;

/* Noise, a 10 Hz sine, something like heart beats, and one sample that is an artefact. */
static signal make_signal(const shape *of) {
  signal s = {.format = rig_signal(of->rate_hz, of->channels), .frames = (size_t)(of->seconds * of->rate_hz)};
  s.floats = s.frames * of->channels;
  s.x = malloc(s.floats * sizeof *s.x);
  noise_fill(s.x, s.floats, 5);
  for (size_t i = 0; i < s.floats; i++) {
    const double t = (double)(i / of->channels) / of->rate_hz, since_beat = fmod(t, 0.8) - 0.4;
    s.x[i] = (float)(5 * s.x[i] + 10 * sin(2 * M_PI * 10 * t) + 60 * exp(-since_beat * since_beat * 5000));
  }
  s.x[s.floats / 3] += 500;
  s.event = (sb_event){.frame = (int32_t)s.frames / 2, .label = "stimulus"};
  return s;
}

/* Runs the whole signal through a stage that is open, and lays `x` in its place if there is one. */
static rig *run(rig *r, const signal *s, const float *x, uint32_t block_frames) {
  rig_events(&s->event, 1);
  rig_run(r, x ? x : s->x, s->frames, block_frames);
  return r;
}

static rig *run_new(const sb_stage_class *stage, const signal *s, const float *x, uint32_t block_frames) {
  return run(every_stage_open(stage, s->format), s, x, block_frames);
}

static bool same_bits(const float *a, const float *b) { return memcmp(a, b, sizeof *a) == 0; }

static int by_frame_and_label(const void *a, const void *b) {
  const sb_event *one = a, *other = b;
  return one->frame != other->frame ? (one->frame > other->frame) - (one->frame < other->frame) : strcmp(one->label, other->label);
}

/* Bit for bit, but the times, which are rounded from the block's, and the order of a block's events. */
static void check_same(rig *a, rig *b, const char *what) {
  const char *type = a->stage->type;
  if (!MEETS(a->out_frames == b->out_frames, "%s %s: %zu frames, not %zu", type, what, b->out_frames, a->out_frames)) return;
  for (size_t i = 0; i < a->out_frames * a->width; i++)
    if (!MEETS(same_bits(&a->out[i], &b->out[i]), "%s %s: %.9g, not %.9g, in frame %zu", type, what, (double)b->out[i],
               (double)a->out[i], i / a->width))
      break;
  for (size_t i = 0; i < a->out_frames; i++)
    if (!MEETS(llabs(a->times_ns[i] - b->times_ns[i]) <= 2, "%s %s: frame %zu is %lld ns off", type, what, i,
               (long long)(b->times_ns[i] - a->times_ns[i])))
      break;
  if (!MEETS(a->event_count == b->event_count, "%s %s: %zu events, not %zu", type, what, b->event_count, a->event_count)) return;
  if (a->event_count == 0) return;
  qsort(a->events, a->event_count, sizeof *a->events, by_frame_and_label);
  qsort(b->events, b->event_count, sizeof *b->events, by_frame_and_label);
  for (size_t i = 0; i < a->event_count; i++)
    MEETS(by_frame_and_label(&a->events[i], &b->events[i]) == 0, "%s %s: event %s at %d, not %s at %d", type, what,
          b->events[i].label, b->events[i].frame, a->events[i].label, a->events[i].frame);
}

static void check_finite(const rig *r, size_t from_frame, const char *what) {
  const bool beats = strcmp(r->stage->type, "r_peaks") == 0; /* there is no interval before the first */
  for (size_t i = (from_frame + (beats && from_frame == 0)) * r->width; i < r->out_frames * r->width; i++)
    if (!MEETS(isfinite(r->out[i]), "%s %s: %g in frame %zu of %zu", r->stage->type, what, (double)r->out[i], i / r->width,
               r->out_frames))
      return;
}

static void check_format(const rig *r) {
  const sb_format *in = &r->in, *out = &r->format;
  const char *type = r->stage->type;
#define FORMAT(condition) MEETS(condition, "%s at %g Hz: not %s", type, in->rate_hz, #condition)
  FORMAT(out->port == r->stage->output);
  FORMAT(isfinite(out->rate_hz) && out->rate_hz >= 0);
  FORMAT(out->channels > 0 && out->values > 0 && out->max_frames > 0);
  FORMAT(out->unit && *out->unit);
  for (uint32_t c = 0; c < out->channels; c++) FORMAT(out->channel_names[c] && *out->channel_names[c]);
  FORMAT((out->value_names != NULL) == (out->port == SB_PORT_FEATURES));
  for (uint32_t v = 0; out->value_names && v < out->values; v++) FORMAT(out->value_names[v] && *out->value_names[v]);
  FORMAT((out->bin_hz != 0) == (out->port == SB_PORT_SPECTRUM));
  if (out->port == SB_PORT_SPECTRUM) FORMAT(fabs((out->values - 1) * out->bin_hz - in->rate_hz / 2) < 1e-6);
  if (out->port == SB_PORT_SIGNAL) FORMAT(out->values == 1);
  const sb_ext_latency *latency = r->stage->extension ? r->stage->extension(SB_EXT_LATENCY) : NULL;
  if (latency) FORMAT(latency->seconds(r->self) >= 0 && latency->seconds(r->self) < 60);
#undef FORMAT
}

static void check_block_sizes(const sb_stage_class *stage, const signal *s, rig *whole) {
  for (int i = 0; i < BLOCK_SIZES; i++) {
    char what[32];
    snprintf(what, sizeof what, "in blocks of %u", block_sizes[i]);
    rig *pieces = run_new(stage, s, NULL, block_sizes[i]);
    check_same(whole, pieces, what);
    rig_close(pieces);
  }
  if (!(stage->flags & SB_STAGE_IN_PLACE)) return;
  rig *in_place = every_stage_open(stage, s->format);
  in_place->in_place = true;
  check_same(whole, run(in_place, s, NULL, 32), "in place");
  rig_close(in_place);
}

/* A number in one channel, the last: it stays there, and goes. Spatial stages mix: there it only has to go. */
static void check_number(const sb_stage_class *stage, const signal *s, const rig *clean, float number) {
  const uint32_t channels = s->format.channels, bad = channels - 1;
  float *x = malloc(s->floats * sizeof *x);
  memcpy(x, s->x, s->floats * sizeof *x);
  x[BAD_FRAME * channels + bad] = number;
  rig *r = run_new(stage, s, x, 32);
  char what[32];
  snprintf(what, sizeof what, "after one %g", (double)number);
  check_finite(r, r->out_frames ? r->out_frames - 1 : 0, what);
  const bool mixes = strcmp(stage->category, "spatial") == 0 || (clean->format.channels == 1 && channels == 1);
  MEETS(mixes || r->out_frames == clean->out_frames, "%s %s: %zu frames, not %zu", stage->type, what, r->out_frames,
        clean->out_frames);
  for (size_t i = 0; !mixes && i < clean->out_frames * clean->width && i < r->out_frames * r->width; i++)
    if (i % clean->width % clean->format.channels != bad &&
        !MEETS(same_bits(&r->out[i], &clean->out[i]), "%s %s in another channel: %.9g, not %.9g, in frame %zu", stage->type, what,
               (double)r->out[i], (double)clean->out[i], i / clean->width))
      break;
  rig_close(r), free(x);
}

static void check_all_alike(const sb_stage_class *stage, const signal *s, float number, const char *what) {
  float *x = malloc(s->floats * sizeof *x);
  for (size_t i = 0; i < s->floats; i++) x[i] = number;
  rig *r = run_new(stage, s, x, 32);
  check_finite(r, 0, what);
  rig_close(r), free(x);
}

static void check_again(const sb_stage_class *stage, const signal *s, rig *whole) {
  rig *r = run_new(stage, s, NULL, 32);
  rig_again(r);
  check_same(whole, run(r, s, NULL, 32), "activated again");
  rig_close(r);
}

/* Taken over at half time, a state goes on as if nothing had been: exactly, but for a recursive filter's rounding. */
static void check_state(const sb_stage_class *stage, const signal *s, rig *whole) {
  const sb_ext_state *state = stage->extension ? stage->extension(SB_EXT_STATE) : NULL;
  if (!state) return;
  const size_t half = s->frames / 2;
  rig *from = every_stage_open(stage, s->format), *to = every_stage_open(stage, s->format);
  rig_run(from, s->x, half, 32);
  const uint32_t bytes = state->bytes(from->self);
  void *saved = malloc(bytes);
  allocations_begin();
  state->save(from->self, saved);
  MEETS(state->load(to->self, saved, bytes) == SB_OK, "%s: its own state does not fit", stage->type);
  MEETS(state->load(to->self, saved, bytes - 1) == SB_INVALID, "%s: a state too short fits", stage->type);
  MEETS(allocations_end().calls == 0, "%s: state takes memory", stage->type);
  rig_run(to, s->x + half * s->format.channels, s->frames - half, 32);
  const bool complete = MEETS(from->out_frames + to->out_frames == whole->out_frames, "%s from a state: %zu frames, not %zu", stage->type,
                              from->out_frames + to->out_frames, whole->out_frames);
  const float *want = whole->out + from->out_frames * whole->width, tolerance = strcmp(stage->type, "fir") == 0 ? 0 : 1e-4f;
  for (size_t i = 0; complete && i < to->out_frames * to->width; i++)
    if (!MEETS(fabsf(to->out[i] - want[i]) <= tolerance, "%s from a state: %.9g, not %.9g, %zu frames on", stage->type,
               (double)to->out[i], (double)want[i], i / to->width))
      break;
  free(saved), rig_close(from), rig_close(to);
}

/* Calls `check` for every stage and those of the first `count` shapes that it takes, with what it makes of the signal in the longest blocks. */
static void for_every_stage(void (*check)(const sb_stage_class *stage, const signal *s, rig *whole), int count) {
  for (int i = 0; i < count; i++) {
    signal s = make_signal(&shapes[i]);
    for (const sb_stage_class *const *stage = every_stage; *stage; stage++) {
      rig *whole = every_stage_open(*stage, s.format);
      const bool must = shapes[i].rate_hz == 250 || shapes[i].rate_hz == 1000; /* a 50 Hz notch is nothing for 100 Hz */
      MEETS(whole || !must, "%s at %g Hz: %s", (*stage)->type, shapes[i].rate_hz, rig_error());
      if (!whole) continue;
      run(whole, &s, NULL, s.format.max_frames);
      check(*stage, &s, whole);
      rig_close(whole);
    }
    free(s.x);
  }
}

static void check_clean(const sb_stage_class *stage, const signal *s, rig *whole) {
  (void)s;
  check_format(whole);
  check_finite(whole, 0, "on a clean signal");
  MEETS(whole->out_frames > 0, "%s: nothing comes out", stage->type);
}
TEST(every_stage_gives_a_sound_format_and_finite_numbers) { for_every_stage(check_clean, SHAPES); }

TEST(no_stage_depends_on_the_block_length) { for_every_stage(check_block_sizes, SHAPES); }

static void check_numbers(const sb_stage_class *stage, const signal *s, rig *whole) {
  static const float numbers[] = {NAN, INFINITY, -INFINITY, 1e30f, 1e-40f};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) check_number(stage, s, whole, numbers[i]);
}
TEST(every_stage_keeps_a_bad_number_in_its_channel_and_recovers) { for_every_stage(check_numbers, SHAPES); }

static void check_constants(const sb_stage_class *stage, const signal *s, rig *whole) {
  (void)whole;
  check_all_alike(stage, s, 0, "on silence");
  check_all_alike(stage, s, 1e-40f, "on denormals");
  check_all_alike(stage, s, -1e9f, "on an offset of 1000 V");
}
TEST(every_stage_gives_finite_numbers_for_silence_denormals_and_offsets) { for_every_stage(check_constants, SHORT_SHAPES); }

TEST(every_stage_can_be_activated_again) { for_every_stage(check_again, SHORT_SHAPES); }

TEST(every_state_goes_on_in_another_instance) { for_every_stage(check_state, SHAPES); }
