/* SPDX-License-Identifier: Apache-2.0
 *
 * Random numbers that repeat: the same seed gives the same numbers on every machine. Not for secrets.
 */
#ifndef STAGEBOX_DSP_RANDOM_H
#define STAGEBOX_DSP_RANDOM_H

#include <stdint.h>

/* The next of 2^64 numbers of one stream; `state` may start anywhere. SplitMix64 (Steele, Lea, Flood 2014). [any] */
static inline uint64_t sb_random_next(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

/* Uniform in [0, 1). [any] */
static inline double sb_random_uniform(uint64_t *state) { return (double)(sb_random_next(state) >> 11) * 0x1p-53; }

/* Independent streams, one a lane: `state` has room for 4 * lanes words. [any] */
void sb_random_seed(uint32_t *state, uint32_t lanes, uint64_t seed);

/* One number a lane with mean 0 and variance 1, nearly normal (the sum of four uniform ones, so within +-3.5):
 * out [lanes]. [any] */
void sb_random_normal(uint32_t *state, uint32_t lanes, float *out);

#endif
