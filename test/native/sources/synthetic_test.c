/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "check.h"
#include "source_rig.h"

extern const sb_source_class sb_source_synthetic;

/* Everything off; a test names what it turns on. The later of two rows for one parameter counts. */
#define QUIET {"noise_uv", .number = 0}, {"alpha_uv", .number = 0}, {"blinks_per_minute", .number = 0}, \
  {"emg_bursts_per_minute", .number = 0}, {"mains_uv", .number = 0}
#define READ(FRAMES, ...) source_rig_read(&sb_source_synthetic, (rig_set[]){__VA_ARGS__, {0}}, FRAMES, 32)

static double rms(const source_rig *r, uint32_t channel, size_t from, size_t to) {
  double sum = 0;
  for (size_t f = from; f < to; f++) sum += (double)r->out[f * r->width + channel] * r->out[f * r->width + channel];
  return sqrt(sum / (double)(to - from));
}

/* Power of one channel between two frequencies, by correlation with every hertz of 1 s windows. */
static double band_power(const source_rig *r, uint32_t channel, uint32_t low_hz, uint32_t high_hz) {
  const size_t window = (size_t)r->format.rate_hz, windows = r->frames / window;
  double power = 0;
  for (uint32_t hz = low_hz; hz < high_hz; hz++)
    for (size_t w = 0; w < windows; w++) {
      double re = 0, im = 0;
      for (size_t i = 0; i < window; i++) {
        const double x = r->out[(w * window + i) * r->width + channel] * (0.5 - 0.5 * cos(2 * M_PI * (double)i / (double)window));
        re += x * cos(2 * M_PI * hz * (double)i / (double)window);
        im += x * sin(2 * M_PI * hz * (double)i / (double)window);
      }
      power += re * re + im * im;
    }
  return power / (double)windows;
}

static int count_events(const source_rig *r, const char *label) {
  int count = 0;
  for (size_t i = 0; i < r->event_count; i++) count += strcmp(r->events[i].label, label) == 0;
  return count;
}

TEST(synthetic_alpha_has_its_size_where_it_belongs_and_comes_and_goes) {
  source_rig *r = READ(250 * 20, QUIET, {"alpha_uv", .number = 20}, {"alpha_on_s", .number = 4}, {"alpha_off_s", .number = 6});
  CHECK_NEAR(rms(r, 6, 250, 750), 20, 0.01);   /* O1, a second into the first stretch */
  CHECK_NEAR(rms(r, 0, 250, 750), 2, 0.01);    /* Fp1 */
  CHECK_NEAR(rms(r, 6, 1001, 2499), 0, 1e-6);  /* off */
  CHECK_NEAR(rms(r, 6, 2750, 3250), 20, 0.01);
  CHECK_EQUAL(count_events(r, "alpha on"), 2);
  CHECK_EQUAL(count_events(r, "alpha off"), 2);
  CHECK_EQUAL(r->events[1].frame, 1000);
  CHECK_NEAR(r->events[1].duration_s, 6, 0);
  CHECK(strcmp(r->format.channel_names[6], "O1") == 0);
  source_rig_close(r);
}

TEST(synthetic_mains_has_its_size_and_frequency) {
  source_rig *r = READ(2500, QUIET, {"mains_uv", .number = 7}, {"mains_hz", .number = 1});
  for (uint32_t c = 0; c < 8; c++) CHECK_NEAR(rms(r, c, 0, 2500), 7, 1e-3);
  CHECK(band_power(r, 3, 59, 62) > 1e6 * band_power(r, 3, 45, 56));
  source_rig_close(r);
}

TEST(synthetic_background_falls_as_one_over_f_and_has_its_size) {
  source_rig *r = READ(250 * 240, QUIET, {"noise_uv", .number = 10}, {"seed", .number = 5});
  double sum = 0, low = 0, middle = 0, high = 0;
  for (uint32_t c = 0; c < 8; c++) {
    sum += rms(r, c, 0, r->frames);
    low += band_power(r, c, 2, 6), middle += band_power(r, c, 8, 24), high += band_power(r, c, 32, 96);
  }
  CHECK_NEAR(sum / 8, 10, 1);
  /* The same power in every band whose ends have the same ratio; sums over whole hertz: 1/2+1/3+1/4+1/5 and so on. */
  CHECK_NEAR(10 * log10(low / middle), 10 * log10(1.28333 / 1.14174), 0.8);
  CHECK_NEAR(10 * log10(middle / high), 10 * log10(1.14174 / 1.10903), 0.8);
  double shared = 0;
  for (size_t f = 0; f < r->frames; f++) shared += (double)r->out[f * 8 + 2] * r->out[f * 8 + 3] / (double)r->frames;
  CHECK(fabs(shared) < 15); /* C3 and C4 have noise of their own: of 100 uV^2, little is shared */
  source_rig_close(r);
}

TEST(synthetic_blinks_are_frontal_and_marked) {
  source_rig *r = READ(250 * 120, QUIET, {"blinks_per_minute", .number = 20}, {"blink_uv", .number = 100});
  const int blinks = count_events(r, "blink");
  CHECK_NEAR(blinks, 40, 6);
  int peaks = 0;
  for (size_t f = 1; f + 1 < r->frames; f++)
    peaks += r->out[f * 8] > 99 && r->out[f * 8] > r->out[f * 8 - 8] && r->out[f * 8] >= r->out[f * 8 + 8];
  CHECK_EQUAL(peaks, blinks);
  CHECK_NEAR(rms(r, 6, 0, r->frames), 0, 1e-9);
  source_rig_close(r);
}

TEST(synthetic_muscle_bursts_are_temporal_and_marked) {
  source_rig *r = READ(250 * 60, QUIET, {"emg_bursts_per_minute", .number = 6}, {"emg_uv", .number = 40});
  CHECK_NEAR(count_events(r, "emg"), 6, 2);
  const size_t start = (size_t)r->events[0].frame;
  CHECK_NEAR(rms(r, 4, start + 30, start + 220), 40, 6); /* P7 */
  CHECK_NEAR(rms(r, 4, start - 100, start), 0, 1e-9);
  source_rig_close(r);
}

TEST(synthetic_heart_beats_at_its_rate) {
  source_rig *r = READ(500 * 60, QUIET, {"rate_hz", .number = 500}, {"ecg_channel", .number = 1},
                       {"heart_rate_bpm", .number = 72}, {"ecg_uv", .number = 1000});
  CHECK_EQUAL(r->width, 9);
  CHECK(strcmp(r->format.channel_names[8], "ECG") == 0);
  int beats = 0;
  for (size_t f = 1; f < r->frames; f++) beats += r->out[f * 9 + 8] >= 500 && r->out[f * 9 - 1] < 500;
  CHECK_EQUAL(beats, 72);
  source_rig_close(r);
}

TEST(synthetic_repeats_bit_for_bit_whatever_the_block_length) {
  static const uint32_t sizes[] = {1, 7, 250, 4096};
  const rig_set sets[] = {{"seed", .number = 42}, {"channels", .number = 70}, {"ecg_channel", .number = 1},
                          {"blinks_per_minute", .number = 60}, {"emg_bursts_per_minute", .number = 30}, {0}};
  source_rig *first = source_rig_read(&sb_source_synthetic, sets, 5000, 32);
  CHECK(strcmp(first->format.channel_names[70], "ECG") == 0);
  for (size_t i = 0; i < 4; i++) {
    source_rig *again = source_rig_read(&sb_source_synthetic, sets, 5000, sizes[i]);
    CHECK(memcmp(first->out, again->out, first->frames * first->width * sizeof(float)) == 0);
    CHECK_EQUAL(again->event_count, first->event_count);
    CHECK(memcmp(first->events, again->events, first->event_count * sizeof(sb_event)) == 0);
    source_rig_close(again);
  }
  source_rig *other = READ(5000, {"seed", .number = 43}, {"channels", .number = 70}, {"ecg_channel", .number = 1});
  CHECK(memcmp(first->out, other->out, 5000) != 0);
  source_rig_close(other), source_rig_close(first);
}

TEST(synthetic_names_channels_beyond_the_electrodes_and_refuses_what_the_rate_cannot_carry) {
  source_rig *r = READ(1, {"channels", .number = 80});
  CHECK(strcmp(r->format.channel_names[71], "Iz") == 0);
  CHECK(strcmp(r->format.channel_names[72], "ch73") == 0);
  source_rig_close(r);
  CHECK(READ(1, {"rate_hz", .number = 100}, {"alpha_hz", .number = 50}) == NULL);
  CHECK(strstr(rig_error(), "alpha_hz: 50 Hz is not below half the rate (50 Hz)"));
}

TEST(synthetic_has_no_hum_that_its_rate_cannot_carry) {
  source_rig *r = READ(1000, QUIET, {"rate_hz", .number = 100}, {"mains_uv", .number = 100});
  for (size_t i = 0; i < 1000 * (size_t)r->format.channels; i++)
    if (!CHECK_NEAR(r->out[i], 0, 0)) break;
  source_rig_close(r);
}
