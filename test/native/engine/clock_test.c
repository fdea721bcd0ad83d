/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include <stdlib.h>

#include "check.h"

/* A device at 250 Hz nominal, `ppm` fast, whose blocks of 8 frames arrive up to 20 ms late, in bursts. */
static void simulate(double ppm, double *worst_ms, double *found_ppm) {
  sb_clock clock;
  sb_clock_init(&clock, 250, 90);
  const double period_ns = 1e9 / 250 / (1 + ppm * 1e-6);
  uint32_t random = 12345;
  *worst_ms = 0;
  for (uint64_t frame = 8; frame < 250 * 600; frame += 8) {
    random = random * 1664525u + 1013904223u;
    const double jitter_ns = (random >> 8) % 20000 * 1e3;
    const int64_t truth_ns = (int64_t)(1e12 + (double)frame * period_ns);
    sb_clock_update(&clock, frame, truth_ns + (int64_t)jitter_ns);
    /* The mean delay of 10 ms belongs to the transport: the clock cannot see it. What it must remove is the scatter. */
    const double error_ms = fabs((double)(sb_clock_time_ns(&clock, frame) - truth_ns) * 1e-6 - 10.0);
    if (frame > 250 * 120 && error_ms > *worst_ms) *worst_ms = error_ms;
  }
  *found_ppm = sb_clock_drift_ppm(&clock);
}

TEST(clock_finds_the_drift_behind_bursts_of_jitter) {
  const double drifts[] = {-100, 0, 100};
  for (int i = 0; i < 3; i++) {
    double worst_ms, ppm;
    simulate(drifts[i], &worst_ms, &ppm);
    CHECK_NEAR(ppm, drifts[i], 10);
    CHECK(worst_ms < 1.0);
  }
}

TEST(clock_is_exact_without_jitter) {
  sb_clock clock;
  sb_clock_init(&clock, 1000, 90);
  for (uint64_t frame = 0; frame < 100000; frame += 10) sb_clock_update(&clock, frame, (int64_t)(5e9 + (double)frame * 1e6 * 1.0001));
  CHECK_NEAR((double)sb_clock_time_ns(&clock, 100000), 5e9 + 100000 * 1e6 * 1.0001, 1000);
  CHECK_NEAR(sb_clock_drift_ppm(&clock), -100, 0.1);
}
