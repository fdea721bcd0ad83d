/* SPDX-License-Identifier: Apache-2.0
 *
 * How long something took, as counts in buckets that widen with the value (8 to each doubling, so a quantile is
 * exact to 1/16). One thread adds, any thread reads, nobody locks: a reader may see a count that is one behind.
 */
#ifndef STAGEBOX_HISTOGRAM_H
#define STAGEBOX_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

enum { SB_HISTOGRAM_BUCKETS = 8 * 40 };

typedef struct sb_histogram {
  _Atomic uint64_t total, maximum;
  _Atomic uint32_t buckets[SB_HISTOGRAM_BUCKETS];
} sb_histogram;

static inline uint32_t sb_histogram_bucket(uint64_t value) {
  if (value < 8) return (uint32_t)value;
  const uint32_t octave = 63u - (uint32_t)__builtin_clzll(value);
  const uint32_t bucket = 8 * (octave - 2) + (uint32_t)(value >> (octave - 3) & 7);
  return bucket < SB_HISTOGRAM_BUCKETS ? bucket : SB_HISTOGRAM_BUCKETS - 1;
}

/* A single writer needs no atomic addition, only stores that a reader never sees torn. */
#define SB_COUNT_UP(counter, by) \
  atomic_store_explicit(&(counter), atomic_load_explicit(&(counter), memory_order_relaxed) + (by), memory_order_relaxed)

/* [rt] */
static inline void sb_histogram_add(sb_histogram *histogram, uint64_t value) {
  SB_COUNT_UP(histogram->total, value);
  SB_COUNT_UP(histogram->buckets[sb_histogram_bucket(value)], 1);
  if (value > atomic_load_explicit(&histogram->maximum, memory_order_relaxed))
    atomic_store_explicit(&histogram->maximum, value, memory_order_relaxed);
}

/* How many values there are. [any] */
uint64_t sb_histogram_count(const sb_histogram *histogram);

/* The value below which `fraction` of all lie; 0 if there are none. [any] */
double sb_histogram_quantile(const sb_histogram *histogram, double fraction);

#endif
