/* SPDX-License-Identifier: Apache-2.0 */
#include "histogram.h"

#include "check.h"

TEST(histogram_quantiles_are_right_to_a_sixteenth) {
  static sb_histogram histogram;
  for (uint64_t i = 1; i <= 100000; i++) sb_histogram_add(&histogram, i);
  CHECK_NEAR(sb_histogram_quantile(&histogram, 0.5), 50000, 50000 / 16.0);
  CHECK_NEAR(sb_histogram_quantile(&histogram, 0.99), 99000, 99000 / 16.0);
  CHECK_EQUAL(histogram.maximum, 100000);
}

TEST(histogram_takes_any_value) {
  static sb_histogram histogram;
  sb_histogram_add(&histogram, 0);
  sb_histogram_add(&histogram, UINT64_MAX);
  CHECK_EQUAL(sb_histogram_count(&histogram), 2);
  CHECK_NEAR(sb_histogram_quantile(&histogram, 0.5), 0, 0);
}
