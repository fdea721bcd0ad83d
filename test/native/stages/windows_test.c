/* SPDX-License-Identifier: Apache-2.0
 *
 * Stages with a sliding window, against numpy and scipy.
 */
#include "windows.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "stage_rig.h"

extern const sb_stage_class sb_stage_detrend, sb_stage_hampel, sb_stage_moving_median, sb_stage_rms, sb_stage_statistics;

enum { FRAMES = GOLDEN_FRAMES, CHANNELS = GOLDEN_CHANNELS, HALF = GOLDEN_WINDOW / 2 };
static const rig_set window[] = {{"window_s", .number = GOLDEN_WINDOW / 100.0}, {0}};

static const float *input(void) {
  static float x[FRAMES * CHANNELS];
  for (int i = 0; i < FRAMES * CHANNELS; i++) x[i] = (float)golden_input[i];
  return x;
}

static rig *run(const sb_stage_class *stage, const rig_set *sets) {
  rig *r = rig_open(stage, rig_signal(100, CHANNELS), sets);
  rig_run(r, input(), FRAMES, 32);
  return r;
}

static void check_golden(const rig *r, size_t from, const double *golden, size_t count, double tolerance) {
  for (size_t i = 0; i < count; i++)
    if (!CHECK_NEAR(r->out[from * r->width + i], golden[i], tolerance + fabs(golden[i]) * 1e-6)) break;
}

TEST(rms_is_numpys_and_does_not_depend_on_the_block_length) {
  rig *r = run(&sb_stage_rms, window);
  check_golden(r, 0, golden_rms, FRAMES * CHANNELS, 1e-5);
  rig_close(r);
  rig_check_block_sizes(&sb_stage_rms, rig_signal(100, CHANNELS), window, input(), FRAMES, 0);
}

TEST(rms_forgets_a_nan_and_a_huge_sample_after_its_window) {
  float x[100];
  for (int i = 0; i < 100; i++) x[i] = 3;
  x[30] = NAN, x[40] = -INFINITY;
  rig *r = rig_open(&sb_stage_rms, rig_signal(100, 1), (rig_set[]){{"window_s", .number = 0.2}, {0}});
  rig_run(r, x, 100, 7);
  CHECK_NEAR(r->out[29], 3, 1e-6);
  for (int i = 30; i < 60; i++) CHECK(isnan(r->out[i]));
  for (int i = 60; i < 100; i++) CHECK_NEAR(r->out[i], 3, 1e-6);
  x[30] = 3, x[40] = 1e15f;
  rig_run(r, x, 100, 7);
  for (int i = 180; i < 200; i++) CHECK_NEAR(r->out[i], 3, 1e-6);
  rig_close(r);
}

TEST(detrend_is_the_last_sample_of_scipys) {
  rig *r = run(&sb_stage_detrend, window);
  check_golden(r, 0, golden_detrend_linear, FRAMES * CHANNELS, 2e-3); /* the golden header has 9 digits of 20000 */
  rig_close(r);
  const rig_set constant[] = {window[0], {"trend", .number = 0}, {0}};
  r = run(&sb_stage_detrend, constant);
  check_golden(r, 0, golden_detrend_constant, FRAMES * CHANNELS, 2e-3);
  rig_close(r);
  rig_check_block_sizes(&sb_stage_detrend, rig_signal(100, CHANNELS), window, input(), FRAMES, 0);
  CHECK(rig_open(&sb_stage_detrend, rig_signal(100, 1), (rig_set[]){{"window_s", .number = 0.02}, {0}}) == NULL);
  CHECK(strstr(rig_error(), "choose at least 0.03 s"));
}

TEST(detrend_makes_nothing_of_a_line_however_long) {
  enum { LONG = 20000 };
  float *x = malloc(LONG * sizeof *x);
  for (int i = 0; i < LONG; i++) x[i] = 50000 - 4 * (float)i;
  rig *r = rig_open(&sb_stage_detrend, rig_signal(250, 1), NULL);
  rig_run(r, x, LONG, 250);
  for (int i = 0; i < LONG; i++)
    if (!CHECK_NEAR(r->out[i], 0, 1e-6)) break;
  rig_close(r), free(x);
}

TEST(moving_median_is_scipys_half_a_window_late) {
  rig *r = run(&sb_stage_moving_median, window);
  check_golden(r, HALF, golden_moving_median, (FRAMES - HALF) * CHANNELS, 0);
  const sb_ext_latency *latency = sb_stage_moving_median.extension(SB_EXT_LATENCY);
  CHECK_NEAR(latency->seconds(r->self), HALF / 100.0, 1e-12);
  rig_close(r);
  rig_check_block_sizes(&sb_stage_moving_median, rig_signal(100, CHANNELS), window, input(), FRAMES, 0);
}

TEST(moving_median_passes_over_samples_that_are_not_finite) {
  const float x[] = {NAN, 1, 2, NAN, 4, INFINITY, 6};
  const float want[] = {NAN, 1, 1.5f, 1.5f, 3, 4, 5};
  rig *r = rig_open(&sb_stage_moving_median, rig_signal(100, 1), (rig_set[]){{"window_s", .number = 0.03}, {0}});
  rig_run(r, x, 7, 7);
  CHECK(isnan(r->out[0]));
  for (int i = 1; i < 7; i++) CHECK_NEAR(r->out[i], want[i], 0);
  rig_close(r);
}

TEST(hampel_replaces_outliers_by_the_median_as_numpy_does) {
  rig *r = run(&sb_stage_hampel, window);
  check_golden(r, GOLDEN_WINDOW - 1, golden_hampel, (FRAMES - GOLDEN_WINDOW + 1) * CHANNELS, 0);
  CHECK(fabsf(r->out[(90 + HALF) * CHANNELS + 2] - input()[90 * CHANNELS + 2]) > 200);
  rig_change(r, "sigmas", 1000);
  rig_run(r, input(), FRAMES, 32);
  CHECK_NEAR(r->out[(FRAMES + 90 + HALF) * CHANNELS + 2], input()[90 * CHANNELS + 2], 0);
  rig_close(r);
  rig_check_block_sizes(&sb_stage_hampel, rig_signal(100, CHANNELS), window, input(), FRAMES, 0);
}

static const rig_set hops[] = {{"window_s", .number = GOLDEN_WINDOW / 100.0}, {"hop_s", .number = GOLDEN_HOP / 100.0}, {0}};

TEST(statistics_are_numpys_at_the_time_of_the_last_sample) {
  rig *r = run(&sb_stage_statistics, hops);
  CHECK_EQUAL(r->format.port, SB_PORT_FEATURES);
  CHECK_EQUAL(r->format.values, 6);
  CHECK(strcmp(r->format.value_names[5], "peak_to_peak") == 0);
  CHECK_NEAR(r->format.rate_hz, 10, 1e-12);
  CHECK_EQUAL(r->out_frames, 14);
  check_golden(r, 0, golden_statistics, 14 * 6 * CHANNELS, 1e-3);
  CHECK_EQUAL(r->times_ns[0], 240000000);
  CHECK_NEAR(r->times_ns[13], 240000000 + 13 * 100000000ll, 1);
  rig_close(r);
  rig_check_block_sizes(&sb_stage_statistics, rig_signal(100, CHANNELS), hops, input(), FRAMES, 0);
}

TEST(statistics_keep_events_on_the_window_that_covers_them) {
  const sb_event events[] = {{.frame = 3, .label = "a"}, {.frame = 24, .label = "b"}, {.frame = 25, .label = "c"},
                             {.frame = 155, .label = "late"}};
  for (uint32_t block = 1; block <= 64; block *= 4) {
    rig *r = rig_open(&sb_stage_statistics, rig_signal(100, CHANNELS), hops);
    rig_events(events, 4);
    rig_run(r, input(), FRAMES, block);
    CHECK_EQUAL(r->event_count, 3);
    CHECK_EQUAL(r->events[0].frame, 0);
    CHECK_EQUAL(r->events[1].frame, 0);
    CHECK_EQUAL(r->events[2].frame, 1);
    CHECK(strcmp(r->events[2].label, "c") == 0);
    rig_close(r);
  }
}

TEST(windows_too_long_to_keep_are_refused) {
  CHECK(rig_open(&sb_stage_rms, rig_signal(30000, 1024), (rig_set[]){{"window_s", .number = 600}, {0}}) == NULL);
  CHECK(strstr(rig_error(), "window_s: 600 s of 1024 channels at 30000 Hz is too long to keep"));
  CHECK(rig_open(&sb_stage_hampel, rig_signal(1000, 1), (rig_set[]){{"window_s", .number = 60}, {0}}) == NULL);
  CHECK(strstr(rig_error(), "choose at most 4.097 s"));
  sb_format irregular = rig_signal(0, 1);
  CHECK(rig_open(&sb_stage_rms, irregular, NULL) == NULL);
  CHECK(strstr(rig_error(), "its rate is irregular"));
}

TEST(statistics_refuse_to_look_at_a_long_window_too_often) {
  const rig_set often[] = {{"window_s", .number = 600}, {"hop_s", .number = 0.001}, {0}}, seldom[] = {often[0], {"hop_s", .number = 0.25}, {0}};
  CHECK(rig_open(&sb_stage_statistics, rig_signal(250, 8), often) == NULL);
  CHECK(strstr(rig_error(), "hop_s: every 0.001 s is too often for a window of 600 s of 8 channels; choose at least 0.04 s"));
  rig_close(rig_open(&sb_stage_statistics, rig_signal(250, 32), seldom));
  CHECK(strcmp(rig_error(), "") == 0);
}
