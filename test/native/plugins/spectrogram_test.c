/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "first_party.h"
#include "golden_signal.h"
#include "plugins_golden.h"
#include "stage_rig.h"

enum { SIZE = 64, BINS = SIZE / 2 + 1, ROW = BINS * GOLDEN_CHANNELS };

static rig *open(double rate_hz, double size, double overlap) {
  return rig_open(first_party_stage("sliding_spectrum"), rig_signal(rate_hz, GOLDEN_CHANNELS),
                  (rig_set[]){{"size", .number = size}, {"overlap", .number = overlap}, {0}});
}

TEST(sliding_spectrum_agrees_with_scipy) {
  static float in[GOLDEN_FRAMES * GOLDEN_CHANNELS];
  golden_signal(in, GOLDEN_CHANNELS);
  rig *r = open(GOLDEN_RATE, SIZE, 0.75);
  rig_run(r, in, GOLDEN_FRAMES, 50);
  CHECK_EQUAL(r->out_frames, (GOLDEN_FRAMES - SIZE) / 16 + 1);
  CHECK_NEAR(r->format.rate_hz, GOLDEN_RATE / 16.0, 1e-12);
  CHECK_NEAR(r->format.bin_hz, GOLDEN_RATE / (double)SIZE, 1e-12);
  CHECK(strcmp(r->format.unit, "uV^2/Hz") == 0);
  for (size_t w = 0, i = 0; w < r->out_frames; w += 8)
    for (size_t k = 0; k < ROW; k++, i++) CHECK_NEAR(r->out[w * ROW + k], spectrogram_want[i], 2e-5 * spectrogram_want[i] + 2e-8);
  for (size_t w = 0; w < r->out_frames; w++) CHECK_NEAR(r->times_ns[w], (double)(SIZE - 1 + 16 * w) * 1e9 / GOLDEN_RATE, 2);
  rig_close(r);
}

TEST(sliding_spectrum_of_an_impulse_is_flat) {
  float in[SIZE * GOLDEN_CHANNELS] = {0};
  rig *r = open(1000, SIZE, 0);
  in[SIZE / 2 * GOLDEN_CHANNELS + 1] = 1;
  rig_run(r, in, SIZE, SIZE);
  /* of the mean there is left 1 / 64 in the lowest bins */
  for (int b = 2; b < BINS - 1; b++) CHECK_NEAR(r->out[b * GOLDEN_CHANNELS + 1] / r->out[2 * GOLDEN_CHANNELS + 1], 1, 1e-5);
  for (int b = 0; b < BINS; b++) CHECK_EQUAL(r->out[b * GOLDEN_CHANNELS], 0);
  rig_close(r);
}

TEST(sliding_spectrum_of_every_size_keeps_the_power) {
  static float in[(1 << 16) * GOLDEN_CHANNELS];
  for (uint32_t size = 8; size <= 1 << 16; size *= 2) {
    for (uint32_t i = 0; i < size; i++) in[i * GOLDEN_CHANNELS] = (float)(3 * sin(2 * M_PI * i / 4));
    rig *r = open(1000, size, 0);
    rig_run(r, in, size, 4096);
    double sum = 0;
    for (uint32_t b = 0; b <= size / 2; b++) sum += (double)r->out[b * GOLDEN_CHANNELS];
    CHECK_EQUAL(r->out_frames, 1);
    CHECK_NEAR(sum * r->format.bin_hz, 4.5, 1e-4);
    rig_close(r);
  }
}

TEST(sliding_spectrum_says_what_does_not_fit) {
  CHECK(open(250, 100, 0.5) == NULL);
  CHECK(strcmp(rig_error(), "size: 100 is no power of two; choose 128") == 0);
  CHECK(open(0, 64, 0.5) == NULL);
  CHECK(strstr(rig_error(), "a steady one") != NULL);
}
