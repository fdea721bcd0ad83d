/* SPDX-License-Identifier: Apache-2.0
 *
 * A xoshiro128++ generator in every lane (Blackman, Vigna 2021, "Scrambled linear pseudorandom number generators").
 */
#include "random.h"

#include <stddef.h>

void sb_random_seed(uint32_t *state, uint32_t lanes, uint64_t seed) {
  for (size_t i = 0; i < (size_t)4 * lanes; i++) state[i] = (uint32_t)(sb_random_next(&seed) >> 32);
  for (size_t lane = 0; lane < lanes; lane++) state[lane] |= 1; /* all four words zero would stay zero */
}

static inline uint32_t rotate(uint32_t word, int bits) { return word << bits | word >> (32 - bits); }

static inline uint32_t step(uint32_t *s0, uint32_t *s1, uint32_t *s2, uint32_t *s3) {
  const uint32_t result = rotate(*s0 + *s3, 7) + *s0, shifted = *s1 << 9;
  *s2 ^= *s0;
  *s3 ^= *s1;
  *s1 ^= *s2;
  *s0 ^= *s3;
  *s2 ^= shifted;
  *s3 = rotate(*s3, 11);
  return result;
}

void sb_random_normal(uint32_t *restrict state, uint32_t lanes, float *restrict out) {
  uint32_t *s0 = state, *s1 = state + lanes, *s2 = state + (size_t)2 * lanes, *s3 = state + (size_t)3 * lanes;
  const float scale = 1.7320508f / 65536; /* the sum of four uniform numbers has variance 1/3 */
  for (uint32_t i = 0; i < lanes; i++) {
    const uint32_t a = step(&s0[i], &s1[i], &s2[i], &s3[i]), b = step(&s0[i], &s1[i], &s2[i], &s3[i]);
    const int32_t sum = (int32_t)((a >> 16) + (a & 0xffff) + (b >> 16) + (b & 0xffff));
    out[i] = (float)(sum - 2 * 65535) * scale;
  }
}
