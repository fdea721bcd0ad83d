/* SPDX-License-Identifier: Apache-2.0
 *
 * decimate and resample.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "levels.h"
#include "stage_rig.h"

extern const sb_stage_class sb_stage_decimate, sb_stage_resample;

enum { CHANNELS = 3, FRAMES = 2000 };

static float input[FRAMES * CHANNELS];

static double tone(double seconds, int channel) { return sin(2 * M_PI * (3 + 2 * channel) * seconds); }

static void fill_tones(double rate_hz) {
  for (int f = 0; f < FRAMES; f++)
    for (int c = 0; c < CHANNELS; c++) input[f * CHANNELS + c] = (float)tone(f / rate_hz, c);
}

/* The output is the same tones at the output's times, late by the latency. */
static void check_tones(rig *r) {
  const double latency_s = ((const sb_ext_latency *)r->stage->extension(SB_EXT_LATENCY))->seconds(r->self);
  for (size_t f = r->out_frames / 2; f < r->out_frames; f++) {
    CHECK_NEAR(r->times_ns[f], (double)f * 1e9 / r->format.rate_hz, 2);
    for (int c = 0; c < CHANNELS; c++)
      CHECK_NEAR(r->out[f * CHANNELS + (size_t)c], tone((double)r->times_ns[f] * 1e-9 - latency_s, c), 2e-3);
  }
}

static void check_rates(void) {
  fill_tones(500);
  const double rates_hz[] = {100, 250, 500, 512, 1000};
  for (int i = 0; i < 5; i++) {
    rig *r = rig_open(&sb_stage_resample, rig_signal(500, CHANNELS), (rig_set[]){{"rate_hz", .number = rates_hz[i]}, {0}});
    CHECK_NEAR(r->format.rate_hz, rates_hz[i], 1e-9);
    rig_run(r, input, FRAMES, 32);
    CHECK_EQUAL(r->out_frames, ceil(FRAMES * rates_hz[i] / 500));
    check_tones(r);
    rig_close(r);
  }
  rig *r = rig_open(&sb_stage_decimate, rig_signal(500, CHANNELS), NULL);
  CHECK_NEAR(r->format.rate_hz, 125, 0);
  rig_run(r, input, FRAMES, 3);
  CHECK_EQUAL(r->out_frames, FRAMES / 4);
  check_tones(r);
  rig_close(r);
}

TEST(resample_and_decimate_keep_tones_and_their_times) { at_every_level(check_rates); }

static void check_blocks(void) {
  fill_tones(500);
  rig_check_block_sizes(&sb_stage_decimate, rig_signal(500, CHANNELS), NULL, input, FRAMES, 0);
  rig_check_block_sizes(&sb_stage_resample, rig_signal(500, CHANNELS), (rig_set[]){{"rate_hz", .number = 512}, {0}}, input, FRAMES, 0);
  rig_check_block_sizes(&sb_stage_resample, rig_signal(500, CHANNELS), (rig_set[]){{"rate_hz", .number = 200}, {0}}, input, FRAMES, 0);
}

TEST(resample_and_decimate_do_not_depend_on_the_block_length) { at_every_level(check_blocks); }

TEST(rate_stages_keep_events_on_the_first_frame_at_or_after_theirs) {
  const int32_t frames[] = {0, 1, 4, 5, 99, 100, 640, 641};
  const uint32_t lengths[] = {1, 3, 32, 2000};
  sb_event events[8];
  for (int i = 0; i < 8; i++) events[i] = (sb_event){.frame = frames[i], .label = {(char)('a' + i)}};
  for (int k = 0; k < 4; k++) {
    for (int slower = 0; slower < 2; slower++) {
      rig *r = slower ? rig_open(&sb_stage_decimate, rig_signal(500, CHANNELS), (rig_set[]){{"factor", .number = 5}, {0}})
                      : rig_open(&sb_stage_resample, rig_signal(500, CHANNELS), (rig_set[]){{"rate_hz", .number = 750}, {0}});
      rig_events(events, 8);
      rig_run(r, input, FRAMES, lengths[k]);
      CHECK_EQUAL(r->event_count, 8);
      for (size_t i = 0; i < r->event_count; i++) {
        CHECK_EQUAL(r->events[i].frame, slower ? (frames[i] + 4) / 5 : (frames[i] * 3 + 1) / 2);
        CHECK_EQUAL(r->events[i].label[0], 'a' + (int)i);
      }
      rig_close(r);
    }
  }
}

TEST(resample_refuses_rates_that_do_not_fit) {
  CHECK(rig_open(&sb_stage_resample, rig_signal(500, 2), (rig_set[]){{"rate_hz", .number = 1}, {0}}) == NULL);
  CHECK(strstr(rig_error(), "rate_hz: 1 Hz is too far from the input's 500 Hz; choose from 1.95312 to 32000") != NULL);
  CHECK(rig_open(&sb_stage_resample, rig_signal(500, 2), (rig_set[]){{"rate_hz", .number = 123.4567}, {0}}) == NULL);
  CHECK(strstr(rig_error(), "no ratio of whole numbers up to 4096") != NULL);
  CHECK(rig_open(&sb_stage_decimate, rig_signal(0, 2), NULL) == NULL);
  CHECK(strstr(rig_error(), "its rate is irregular") != NULL);
}
