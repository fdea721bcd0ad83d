/* SPDX-License-Identifier: Apache-2.0
 *
 * Included by biquad.simd.c once for each type of state; no header of its own.
 */

/* The state to go on with: 0 where the lane went bad, and where a number is too small to reach the output, before it
 * becomes denormal, which is slow. */
static inline VECTOR KEEP(VECTOR number, VECTOR bad, REAL smallest) {
  const VECTOR zero = {0};
  const __auto_type keep = (bad == zero) & ((number >= zero + smallest) | (number <= zero - smallest));
  return (VECTOR)((__typeof__(keep))number & keep);
}

static inline __attribute__((always_inline)) void COLUMN(const SECTION *restrict sections, const uint32_t count, REAL gain,
                                                         REAL *restrict state, const float *in, float *out,
                                                         size_t frames, uint32_t stride) {
  VECTOR w[SB_CASCADE_MAX_SECTIONS], v[SB_CASCADE_MAX_SECTIONS];
#pragma GCC unroll 8
  for (uint32_t s = 0; s < count; s++) {
    w[s] = LOAD_STATE(state + s * 16);
    v[s] = LOAD_STATE(state + s * 16 + 8);
  }
  for (size_t f = 0; f < frames; f++, in += stride, out += stride) {
    VECTOR x = LOAD(in) * gain;
#pragma GCC unroll 8
    for (uint32_t s = 0; s < count; s++) {
      const SECTION c = sections[s];
      const VECTOR y = x + c.d1 * w[s];
      const VECTOR next = (x + c.k * v[s]) + c.minus_a1 * w[s];
      v[s] = x + c.minus_r * w[s];
      w[s] = next;
      x = y;
    }
    STORE(out, x);
  }
  const REAL smallest = (gain < 0 ? -gain : gain) * SMALLEST; /* the states are as small as the gain is */
  VECTOR bad = {0}; /* NaN in a lane where any number is not finite */
#pragma GCC unroll 8
  for (uint32_t s = 0; s < count; s++) bad += (w[s] - w[s]) + (v[s] - v[s]);
#pragma GCC unroll 8
  for (uint32_t s = 0; s < count; s++) {
    STORE_STATE(state + s * 16, KEEP(w[s], bad, smallest));
    STORE_STATE(state + s * 16 + 8, KEEP(v[s], bad, smallest));
  }
}

void RUN(const SECTION *sections, uint32_t count, REAL gain, REAL *state, const float *in, float *out, size_t frames,
         uint32_t stride) {
  for (uint32_t channel = 0; channel < stride; channel += LANES) {
    REAL *at = state + (size_t)(channel & ~7u) * 2 * count + (channel & 7u);
#define CASE(n) \
  case n: COLUMN(sections, n, gain, at, in + channel, out + channel, frames, stride); break
    switch (count) {
      CASE(1);
      CASE(2);
      CASE(3);
      CASE(4);
      CASE(5);
      CASE(6);
      CASE(7);
      CASE(8);
      default: COLUMN(sections, count, gain, at, in + channel, out + channel, frames, stride);
    }
#undef CASE
  }
}

#undef RUN
#undef COLUMN
#undef KEEP
#undef SECTION
#undef REAL
#undef SMALLEST
#undef VECTOR
#undef LANES
#undef LOAD_STATE
#undef STORE_STATE
#undef LOAD
#undef STORE
