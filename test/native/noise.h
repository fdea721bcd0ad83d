/* SPDX-License-Identifier: Apache-2.0
 *
 * The same noise in C and in the generators of test/golden (noise.py): uniform in [-1, 1), exact in float32.
 */
#ifndef STAGEBOX_TEST_NOISE_H
#define STAGEBOX_TEST_NOISE_H

#include <stddef.h>
#include <stdint.h>

static inline void noise_fill(float *out, size_t count, uint32_t seed) {
  for (size_t i = 0; i < count; i++) {
    seed = seed * 1664525u + 1013904223u;
    out[i] = (float)(int32_t)(seed >> 8) / 8388608.0f - 1.0f;
  }
}

#endif
