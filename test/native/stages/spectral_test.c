/* SPDX-License-Identifier: Apache-2.0
 *
 * The stages that look at windows: psd, fft, band_power, spectral_peak.
 */
#include <string.h>

#include "check.h"
#include "golden_signal.h"
#include "isa.h"
#include "spectral_golden.h"
#include "stage_rig.h"

extern const sb_stage_class sb_stage_band_power, sb_stage_fft, sb_stage_psd, sb_stage_spectral_peak;

static const double edges_hz[] = {1, 4, 4, 8, 8, 13, 13, 30, 30, 45};
static const char *const names[] = {"delta", "theta", "alpha", "beta", "gamma"};
#define BANDS {"bands", .rows = 5, .columns = 2, .numbers = edges_hz, .texts = names}

static const float *golden(void) {
  static float in[GOLDEN_FRAMES * GOLDEN_CHANNELS];
  golden_signal(in, GOLDEN_CHANNELS);
  return in;
}

TEST(band_power_of_each_window_agrees_with_scipy) {
  for (int level = SB_ISA_128; level <= SB_ISA_512; level++) {
    sb_isa_limit((sb_isa)level);
    rig *r = rig_open(&sb_stage_band_power, rig_signal(GOLDEN_RATE, GOLDEN_CHANNELS), (rig_set[]){BANDS, {0}});
    CHECK_EQUAL(r->format.values, 5);
    CHECK(strcmp(r->format.value_names[2], "alpha") == 0 && strcmp(r->format.unit, "uV^2") == 0);
    CHECK_NEAR(r->format.rate_hz, 1, 1e-12);
    rig_run(r, golden(), GOLDEN_FRAMES, 50);
    CHECK_EQUAL(r->out_frames, 7); /* the last 20 frames fill no window */
    for (size_t i = 0; i < 7 * 15; i++) CHECK_NEAR(r->out[i], band_power_want[i], 2e-5 * band_power_want[i]);
    for (int i = 0; i < 7; i++) CHECK_EQUAL(r->times_ns[i], (int64_t)((319 + 160 * i) * 1e9 / GOLDEN_RATE + 0.5));
    rig_close(r);
  }
}

TEST(band_power_relative_adds_up_to_one) {
  rig *r = rig_open(&sb_stage_band_power, rig_signal(GOLDEN_RATE, GOLDEN_CHANNELS), (rig_set[]){BANDS, {"relative", .number = 1}, {0}});
  rig_run(r, golden(), GOLDEN_FRAMES, 64);
  for (int c = 0; c < GOLDEN_CHANNELS; c++) {
    double sum = 0, alpha = r->out[2 * GOLDEN_CHANNELS + c], want = 0;
    for (int b = 0; b < 5; b++) sum += r->out[b * GOLDEN_CHANNELS + c], want += band_power_want[b * GOLDEN_CHANNELS + c];
    CHECK_NEAR(sum, 1, 1e-6);
    CHECK_NEAR(alpha, band_power_want[2 * GOLDEN_CHANNELS + c] / want, 1e-5);
  }
  rig_close(r);
}

TEST(spectral_peak_is_the_highest_bin_or_lies_between_bins) {
  rig *r = rig_open(&sb_stage_spectral_peak, rig_signal(GOLDEN_RATE, GOLDEN_CHANNELS), NULL);
  rig_run(r, golden(), GOLDEN_FRAMES, 50);
  for (size_t i = 0; i < 7 * 6; i++) CHECK_NEAR(r->out[i], peak_want[i], 2e-4 * peak_want[i]);
  rig_close(r);

  float sine[640];
  for (int t = 0; t < 640; t++) sine[t] = (float)(3 * sin(2 * M_PI * 10.15 * t / GOLDEN_RATE));
  for (int interpolate = 0; interpolate <= 1; interpolate++) {
    r = rig_open(&sb_stage_spectral_peak, rig_signal(GOLDEN_RATE, 1), (rig_set[]){{"interpolate", .number = interpolate}, {0}});
    rig_run(r, sine, 640, 640);
    CHECK_NEAR(r->out[0], interpolate ? 10.15 : 10.0, interpolate ? 0.01 : 0);
    rig_close(r);
  }
}

TEST(psd_is_a_spectrum_with_its_unit_and_bins) {
  const rig_set sets[] = {{"size", .number = 320}, {"averages", .number = 60}, {0}};
  rig *r = rig_open(&sb_stage_psd, rig_signal(GOLDEN_RATE, GOLDEN_CHANNELS), sets);
  CHECK_EQUAL(r->format.values, 161);
  CHECK_NEAR(r->format.bin_hz, 0.5, 1e-12);
  CHECK(strcmp(r->format.unit, "uV^2/Hz") == 0);
  rig_run(r, golden(), GOLDEN_FRAMES, 32);
  const float *last = r->out + (r->out_frames - 1) * r->width;
  for (int i = 0; i < 161 * 3; i++) CHECK_NEAR(last[i], welch_golden[0].want[i], 2e-5 * welch_golden[0].want[i] + 2e-9);
  rig_close(r);
}

TEST(fft_shows_the_amplitude_of_a_sine_and_of_a_constant) {
  float in[1024 * 2];
  for (int t = 0; t < 1024; t++) in[2 * t] = 5 * sinf((float)(2 * M_PI * 64 * t / 1024)), in[2 * t + 1] = t % 2 ? 2 : 4;
  for (int window = 0; window < 4; window++) {
    rig *r = rig_open(&sb_stage_fft, rig_signal(1024, 2), (rig_set[]){{"window", .number = window}, {0}});
    CHECK_NEAR(r->format.bin_hz, 1, 1e-12);
    rig_run(r, in, 1024, 100);
    CHECK_EQUAL(r->out_frames, 1);
    CHECK_NEAR(r->out[2 * 64], 5, 1e-5);
    CHECK_NEAR(r->out[1], 3, 1e-5);           /* channel 2 has a mean of 3 ... */
    CHECK_NEAR(r->out[2 * 512 + 1], 1, 1e-5); /* ... and swings by 1 at half the rate */
    CHECK_NEAR(r->out[2 * 300], 0, 1e-5);
    rig_close(r);
  }
}

TEST(spectral_stages_do_not_depend_on_the_block_length) {
  const sb_format in = rig_signal(GOLDEN_RATE, GOLDEN_CHANNELS);
  for (int level = SB_ISA_128; level <= SB_ISA_512; level++) {
    sb_isa_limit((sb_isa)level);
    const rig_set psd[] = {{"window_s", .number = 0.5}, {"averages", .number = 3}, {0}};
    rig_check_block_sizes(&sb_stage_psd, in, psd, golden(), GOLDEN_FRAMES, 0);
    const rig_set fft[] = {{"size", .number = 128}, {"overlap", .number = 0.9}, {0}};
    rig_check_block_sizes(&sb_stage_fft, in, fft, golden(), GOLDEN_FRAMES, 0);
    rig_check_block_sizes(&sb_stage_band_power, in, (rig_set[]){BANDS, {"relative", .number = 1}, {0}}, golden(), GOLDEN_FRAMES, 0);
    rig_check_block_sizes(&sb_stage_spectral_peak, in, (rig_set[]){{"interpolate", .number = 1}, {0}}, golden(), GOLDEN_FRAMES, 0);
  }
}

TEST(band_power_keeps_events_on_the_window_that_has_seen_them) {
  static const sb_event events[] = {{.frame = 3, .label = "start"}, {.frame = 319, .label = "end of the first"}, {.frame = 320, .label = "second"},
                                    {.frame = 1290, .label = "unseen"}};
  static const uint32_t blocks[] = {1, 50, 1300};
  for (int i = 0; i < 3; i++) {
    rig *r = rig_open(&sb_stage_band_power, rig_signal(GOLDEN_RATE, GOLDEN_CHANNELS), (rig_set[]){BANDS, {0}});
    rig_events(events, 4);
    rig_run(r, golden(), GOLDEN_FRAMES, blocks[i]);
    CHECK_EQUAL(r->event_count, 3);
    CHECK(r->events[0].frame == 0 && r->events[1].frame == 0 && r->events[2].frame == 1);
    CHECK(strcmp(r->events[2].label, "second") == 0);
    rig_close(r);
  }
}

static void check_refusal(const sb_stage_class *stage, const rig_set *sets, double rate_hz, const char *words) {
  rig *r = rig_open(stage, rig_signal(rate_hz, 2), sets);
  check_that(r == NULL && strstr(rig_error(), words), __FILE__, __LINE__, "%s says \"%s\", not \"%s\"", stage->type, rig_error(), words);
  rig_close(r);
}

TEST(spectral_stages_refuse_in_words) {
  check_refusal(&sb_stage_fft, (rig_set[]){{"size", .number = 1022}, {0}}, 250, "size: 1022 is odd, less than 8 or has a prime factor above 7; choose 1024");
  check_refusal(&sb_stage_band_power, (rig_set[]){BANDS, {0}}, 80, "bands.gamma: 45 Hz is above half the rate (40 Hz)");
  check_refusal(&sb_stage_band_power, (rig_set[]){BANDS, {0}}, 0, "its rate is irregular");
  check_refusal(&sb_stage_band_power, (rig_set[]){BANDS, {"window_s", .number = 300}, {0}}, 30000, "choose at most 8.73");
  check_refusal(&sb_stage_psd, (rig_set[]){{"window_s", .number = 0.01}, {0}}, 250, "choose at least 0.032 s");
  check_refusal(&sb_stage_psd, (rig_set[]){{"size", .number = 65536}, {"averages", .number = 256}, {0}}, 250, "fewer averages");
  check_refusal(&sb_stage_spectral_peak, (rig_set[]){{"low_hz", .number = 20}, {0}}, 250, "20 Hz is not below 15 Hz");
  check_refusal(&sb_stage_spectral_peak, (rig_set[]){{"low_hz", .number = 10.1}, {"high_hz", .number = 10.4}, {0}}, 250, "choose a longer window_s");
}
