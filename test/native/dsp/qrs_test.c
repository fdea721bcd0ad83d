/* SPDX-License-Identifier: Apache-2.0
 *
 * R peaks of a heart that is known, around frames that went missing. More stands in stages/r_peaks_test.c.
 */
#include "qrs.h"

#include <math.h>

#include "check.h"
#include "heartbeat.h"

enum { RATE_HZ = 250 };

/* One beat a second: R peaks at the frames 125, 375, 625 ... */
static float heart(int64_t frame) { return (float)(1000 * sb_heartbeat(fmod((double)frame / RATE_HZ, 1) - 0.5, 1)); }

static void check_gap(int64_t from, uint32_t lost) {
  sb_qrs *qrs = sb_qrs_create(RATE_HZ);
  int64_t beats[SB_QRS_MAX_BEATS];
  int after = 0;
  for (int64_t frame = 0; frame < 40 * RATE_HZ; frame++) {
    if (frame == from) {
      sb_qrs_skip(qrs, lost);
      frame += lost;
    }
    const uint32_t count = sb_qrs_push(qrs, heart(frame), beats);
    for (uint32_t i = 0; i < count; i++) {
      const int64_t off = (beats[i] + RATE_HZ / 2) % RATE_HZ;
      const bool cut = beats[i] < from + lost + RATE_HZ / 5 && beats[i] >= from; /* its R peak may be what went missing */
      check_that(cut || off <= 2 || off >= RATE_HZ - 2, __FILE__, __LINE__, "a gap at %lld: a peak at %lld", (long long)from, (long long)beats[i]);
      after += beats[i] > 20 * RATE_HZ;
    }
  }
  check_that(after == 20 || after == 19, __FILE__, __LINE__, "a gap at %lld: %d beats in the last 20 s", (long long)from, after);
  sb_qrs_destroy(qrs);
}

TEST(qrs_finds_the_right_peaks_wherever_frames_go_missing) {
  for (int64_t from = 10 * RATE_HZ; from < 11 * RATE_HZ; from++) check_gap(from, 2 * RATE_HZ);
  for (int64_t from = 10 * RATE_HZ; from < 11 * RATE_HZ; from += 7) check_gap(from, 3);
}
