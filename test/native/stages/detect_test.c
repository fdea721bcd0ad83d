/* SPDX-License-Identifier: Apache-2.0
 *
 * Stages that mark the signal (threshold, artefact) and cut it (epoch).
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "stage_rig.h"

extern const sb_stage_class sb_stage_artefact, sb_stage_epoch, sb_stage_threshold;

#define ALL {.id = "channels", .rows = 0}

static void check_event(const rig *r, size_t index, int32_t frame, const char *label) {
  if (!check_that(index < r->event_count, __FILE__, __LINE__, "no event %zu (\"%s\")", index, label)) return;
  check_that(r->events[index].frame == frame && strcmp(r->events[index].label, label) == 0, __FILE__, __LINE__,
             "event %zu is \"%s\" at %d, not \"%s\" at %d", index, r->events[index].label, r->events[index].frame, label, frame);
}

static float *sine(size_t frames, uint32_t channels) { /* period 100 frames, amplitude 100, channel c shifted by 10 c frames */
  float *x = malloc(frames * channels * sizeof *x);
  for (size_t i = 0; i < frames * channels; i++)
    x[i] = 100 * sinf(2 * (float)M_PI * ((float)(i / channels) - 10.0f * (float)(i % channels)) / 100);
  return x;
}

TEST(threshold_marks_crossings_by_direction) {
  const int want[3][4] = {{9, 109, 209, -1}, {41, 141, 241, -1}, {9, 50, 109, 150}}; /* 100 sin = 50 at 8.33 and 41.67 */
  float *x = sine(300, 1);
  for (int direction = 0; direction < 3; direction++) {
    const double level = direction == 1 ? 51 : 50, hysteresis = direction == 2 ? 50 : 10;
    rig *r = rig_open(&sb_stage_threshold, rig_signal(250, 1),
                      (rig_set[]){ALL, {"level", .number = level}, {"hysteresis", .number = hysteresis},
                                  {"direction", .number = direction},
                                  {"label", .rows = 1, .texts = (const char *const[]){"hit"}}, {0}});
    rig_run(r, x, 300, 7);
    CHECK_EQUAL(r->event_count, direction == 2 ? 6 : 3);
    for (int i = 0; i < 4 && want[direction][i] >= 0; i++) {
      check_event(r, (size_t)i, r->events[i].frame, "hit");
      CHECK_NEAR(r->events[i].frame, want[direction][i], 1);
    }
    CHECK(memcmp(r->out, x, 300 * sizeof *x) == 0);
    rig_close(r);
  }
  free(x);
}

TEST(threshold_with_hysteresis_ignores_chatter_and_dead_time_ignores_more) {
  const float x[] = {0, 10, 9, 10, 8, 10, 0, 10, 0, 10, 0, 0, 10};
  rig *r = rig_open(&sb_stage_threshold, rig_signal(100, 1),
                    (rig_set[]){ALL, {"level", .number = 10}, {"hysteresis", .number = 5}, {0}});
  rig_run(r, x, 13, 1);
  CHECK_EQUAL(r->event_count, 4);
  check_event(r, 1, 7, "threshold");
  rig_close(r);
  r = rig_open(&sb_stage_threshold, rig_signal(100, 1),
               (rig_set[]){ALL, {"level", .number = 10}, {"hysteresis", .number = 5}, {"dead_time_s", .number = 0.08}, {0}});
  rig_run(r, x, 13, 1);
  CHECK_EQUAL(r->event_count, 2);
  check_event(r, 0, 1, "threshold");
  check_event(r, 1, 9, "threshold");
  rig_close(r);
}

TEST(threshold_watches_the_named_channels_and_names_them) {
  float *x = sine(300, 4);
  const rig_set sets[] = {{"channels", .rows = 2, .texts = (const char *const[]){"CH4", "ch2"}}, {"level", .number = 50}, {0}};
  rig *r = rig_open(&sb_stage_threshold, rig_signal(250, 4), sets);
  rig_run(r, x, 100, 100);
  CHECK_EQUAL(r->event_count, 2);
  check_event(r, 0, 39, "threshold ch4");
  check_event(r, 1, 19, "threshold ch2");
  rig_close(r);
  rig_check_block_sizes(&sb_stage_threshold, rig_signal(250, 4), sets, x, 300, 0);
  free(x);
  CHECK(rig_open(&sb_stage_threshold, rig_signal(250, 4),
                 (rig_set[]){{"channels", .rows = 1, .texts = (const char *const[]){"Cz"}}, {0}}) == NULL);
}

/* Frames of 2 channels at 1000 Hz, small and lively; the first channel is then disturbed. */
static void lively(float *x, int frames) {
  for (int i = 0; i < 2 * frames; i++) x[i] = (float)(i * 7919 % 31 - 15);
}

TEST(artefact_marks_one_event_an_episode) {
  float x[2 * 2000];
  const rig_set sets[] = {{"amplitude_uv", .number = 100}, {"flat_s", .number = 0.1}, {"slope_uv_per_ms", .number = 500},
                          {"rail_uv", .number = 2000}, {"hold_s", .number = 0.05}, {0}};
  for (uint32_t block = 1; block < 2000; block = block * 9 + 1) {
    lively(x, 2000);
    x[2 * 300] = 150, x[2 * 310] = -160, x[2 * 345] = NAN;     /* one episode: less than 50 ms apart */
    x[2 * 600] = -150;                                         /* another */
    for (int f = 800; f < 1000; f++) x[2 * f + 1] = 4;         /* flat */
    x[2 * 1500] = 2000;                                        /* all at once */
    rig *r = rig_open(&sb_stage_artefact, rig_signal(1000, 2), sets);
    rig_run(r, x, 2000, block);
    CHECK_EQUAL(r->event_count, 6);
    check_event(r, 0, 300, "artefact amplitude ch1");
    check_event(r, 1, 600, "artefact amplitude ch1");
    check_event(r, 2, 899, "artefact flat ch2");
    check_event(r, 3, 1500, "artefact amplitude ch1");
    check_event(r, 4, 1500, "artefact slope ch1");
    check_event(r, 5, 1500, "artefact rail ch1");
    rig_close(r);
  }
  lively(x, 2000);
  rig_check_block_sizes(&sb_stage_artefact, rig_signal(1000, 2), sets, x, 2000, 0);
}

static uint32_t flags_of(rig *r, float *x, uint32_t frames) {
  float row[8 * 64] = {0};
  sb_event events[SB_BLOCK_MAX_EVENTS];
  for (uint32_t f = 0; f < frames; f++) row[8 * f] = x[2 * f], row[8 * f + 1] = x[2 * f + 1];
  sb_block in = {.size = sizeof in, .rate_hz = 1000, .frames = frames, .channels = 2, .values = 1, .stride = 8, .data = row,
                 .events = events};
  sb_block out = in;
  CHECK_EQUAL(r->stage->process(r->self, &in, &out), SB_OK);
  return out.flags;
}

TEST(artefact_flags_the_blocks_of_an_episode_and_no_others) {
  float x[2 * 400];
  lively(x, 400);
  x[2 * 100] = 1000;
  rig *r = rig_open(&sb_stage_artefact, rig_signal(1000, 2), (rig_set[]){{"hold_s", .number = 0.1}, {0}});
  for (uint32_t f = 0; f + 50 <= 400; f += 50)
    CHECK_EQUAL(flags_of(r, x + 2 * f, 50), f >= 100 && f <= 200 ? SB_BLOCK_ARTEFACT : 0);
  rig_close(r);
}

/* Frame f of channel c holds f + 1000 c, so every sample of an epoch tells where it comes from. */
static float *ramp(size_t frames) {
  float *x = malloc(frames * 2 * sizeof *x);
  for (size_t f = 0; f < frames; f++) x[2 * f] = (float)f, x[2 * f + 1] = (float)f + 1000;
  return x;
}

static const sb_event marks[] = {{.frame = 5, .label = "target"}, {.frame = 40, .label = "Target"},
                                 {.frame = 50, .label = "other"},
                                 {.frame = 130, .label = "target 2"}, {.frame = 295, .label = "target"}};

static rig *epochs(const char *label, double average, double baseline, uint32_t block) {
  rig *r = rig_open(&sb_stage_epoch, rig_signal(100, 2),
                    (rig_set[]){{"label", .rows = 1, .texts = &label}, {"pre_s", .number = 0.1}, {"post_s", .number = 0.2},
                                {"average", .number = average}, {"baseline", .number = baseline}, {0}});
  float *x = ramp(300);
  rig_events(marks, 5);
  rig_run(r, x, 300, block);
  free(x);
  return r;
}

TEST(epoch_cuts_around_its_events) {
  static const uint32_t blocks[] = {1, 7, 32, 50};
  for (int n = 0; n < 4; n++) {
    rig *r = epochs("target", 0, 0, blocks[n]); /* of the three, one begins before the signal and one ends after it */
    CHECK_EQUAL(r->format.max_frames, 30);
    CHECK_EQUAL(r->out_frames, 30);
    for (int f = 0; f < 30; f++) CHECK_NEAR(r->out[2 * f + 1], 1030 + f, 0);
    CHECK_NEAR(r->times_ns[0], 300000000, 1);
    check_event(r, 0, 10, "Target");
    rig_close(r);

    r = epochs("", 0, 1, blocks[n]);
    CHECK_EQUAL(r->out_frames, 90);
    check_event(r, 1, 40, "other");
    for (int f = 0; f < 90; f++) CHECK_NEAR(r->out[2 * f], f % 30 - 4.5, 1e-4);
    rig_close(r);

    r = epochs("target*", 0, 0, blocks[n]);
    CHECK_EQUAL(r->event_count, 2);
    check_event(r, 1, 40, "target 2");
    rig_close(r);
  }
}

TEST(epoch_averages_all_so_far) {
  rig *r = epochs("", 1, 0, 32);
  CHECK_EQUAL(r->out_frames, 90);
  for (int f = 0; f < 30; f++) {
    CHECK_NEAR(r->out[2 * f], 30 + f, 1e-4);
    CHECK_NEAR(r->out[2 * (30 + f)], 35 + f, 1e-4);
    CHECK_NEAR(r->out[2 * (60 + f)], (30 + 40 + 120) / 3.0 + f, 1e-4);
  }
  rig_close(r);
}

TEST(epoch_average_passes_over_a_channel_that_is_not_finite) {
  float *x = ramp(300);
  x[2 * 45] = NAN;
  rig *r = rig_open(&sb_stage_epoch, rig_signal(100, 2),
                    (rig_set[]){{"pre_s", .number = 0}, {"post_s", .number = 0.1}, {"average", .number = 1}, {0}});
  rig_events(marks, 4);
  rig_run(r, x, 300, 4);
  CHECK_EQUAL(r->out_frames, 40);
  CHECK_NEAR(r->out[2 * 10], 5, 1e-4);                /* channel 1 of the second epoch: still the first's */
  CHECK_NEAR(r->out[2 * 10 + 1], 1022.5, 1e-4);
  CHECK_NEAR(r->out[2 * 39], (5 + 50 + 130) / 3.0 + 9, 1e-4);
  rig_close(r), free(x);
}

/* Whether an event in a block of 40 frames gives an epoch from 10 frames before it to 10 after it. */
static bool epoch_comes(rig *r, int32_t event_frame, uint32_t flags, uint32_t lost) {
  float in_rows[8 * 40] = {0}, out_rows[8 * 20];
  sb_event events[SB_BLOCK_MAX_EVENTS] = {{.frame = event_frame}}, out_events[SB_BLOCK_MAX_EVENTS];
  sb_block in = {.size = sizeof in, .rate_hz = 100, .frames = 40, .channels = 2, .values = 1, .stride = 8, .data = in_rows,
                 .events = events, .event_count = 1, .flags = flags, .lost_before = lost};
  sb_block out = in;
  out.data = out_rows, out.events = out_events;
  CHECK_EQUAL(r->stage->process(r->self, &in, &out), SB_OK);
  return out.frames == 20;
}

TEST(epoch_drops_what_touches_an_artefact_or_a_gap) {
  for (int reject = 0; reject < 2; reject++) {
    rig *r = rig_open(&sb_stage_epoch, rig_signal(100, 2),
                      (rig_set[]){{"pre_s", .number = 0.1}, {"post_s", .number = 0.1},
                                  {"reject_artefacts", .number = reject}, {0}});
    CHECK(epoch_comes(r, 15, 0, 0));
    CHECK(epoch_comes(r, 15, SB_BLOCK_ARTEFACT, 0) == !reject);
    CHECK(epoch_comes(r, 5, 0, 0) == !reject); /* begins in the block before */
    CHECK(epoch_comes(r, 10, 0, 0));
    CHECK(!epoch_comes(r, 9, 0, 3)); /* would begin before the gap */
    CHECK(epoch_comes(r, 10, 0, 3));
    CHECK(!epoch_comes(r, 35, 0, 0)); /* waits for its end, */
    CHECK(!epoch_comes(r, 5, 0, 3));  /* which is lost */
    rig_close(r);
  }
}
