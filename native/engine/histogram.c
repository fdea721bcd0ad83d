/* SPDX-License-Identifier: Apache-2.0 */
#include "histogram.h"

/* The middle of a bucket. */
static double bucket_value(uint32_t bucket) {
  if (bucket < 8) return bucket;
  const uint32_t octave = bucket / 8 + 2;
  const double width = (double)(1ull << (octave - 3));
  return (8.0 + bucket % 8 + 0.5) * width;
}

uint64_t sb_histogram_count(const sb_histogram *histogram) {
  uint64_t count = 0;
  for (uint32_t i = 0; i < SB_HISTOGRAM_BUCKETS; i++)
    count += atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
  return count;
}

double sb_histogram_quantile(const sb_histogram *histogram, double fraction) {
  const uint64_t count = sb_histogram_count(histogram);
  const double maximum = (double)atomic_load_explicit(&histogram->maximum, memory_order_relaxed);
  uint64_t below = 0;
  for (uint32_t i = 0; i < SB_HISTOGRAM_BUCKETS; i++) {
    below += atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
    if (below && (double)below >= fraction * (double)count)
      return bucket_value(i) < maximum ? bucket_value(i) : maximum;
  }
  return 0;
}
