/* SPDX-License-Identifier: Apache-2.0
 *
 * A byte shuffle turns each big-endian sample around and into the upper three bytes of an int32, where its sign is in
 * place; the factor 256 that this brings goes into the scale. Eight samples are 24 bytes, read as bytes 0 to 15 and 8 to
 * 23 so that nothing beyond them is touched.
 */
#include "decode24.h"

#include "simd.h"

SB_ISA_DECLARE(void, sb_decode24_run, (const uint8_t *, uint32_t, float *, uint32_t, uint32_t, uint32_t, float));

typedef uint8_t bytes __attribute__((vector_size(16)));

#if defined(__aarch64__)
#include <arm_neon.h>
#else
#include <immintrin.h>
#endif

enum { Z = 0x80 }; /* a place that makes a zero */
static const bytes low_places = {Z, 2, 1, 0, Z, 5, 4, 3, Z, 8, 7, 6, Z, 11, 10, 9};
static const bytes high_places = {Z, 6, 5, 4, Z, 9, 8, 7, Z, 12, 11, 10, Z, 15, 14, 13};

#if SB_ISA >= 256
static inline void decode(bytes low, bytes high, float *out, float scale) {
  const __m256i places = _mm256_set_m128i((__m128i)high_places, (__m128i)low_places);
  const __m256i words8 = _mm256_shuffle_epi8(_mm256_set_m128i((__m128i)high, (__m128i)low), places);
  _mm256_storeu_ps(out, _mm256_mul_ps(_mm256_cvtepi32_ps(words8), _mm256_set1_ps(scale)));
}
#else
typedef int32_t words __attribute__((vector_size(16)));
typedef float quad __attribute__((vector_size(16)));

static inline words shuffle(bytes from, bytes places) {
#if defined(__aarch64__)
  return (words)vqtbl1q_u8((uint8x16_t)from, (uint8x16_t)places);
#else
  return (words)_mm_shuffle_epi8((__m128i)from, (__m128i)places);
#endif
}

static inline void decode(bytes low, bytes high, float *out, float scale) {
  const quad first = __builtin_convertvector(shuffle(low, low_places), quad) * scale;
  const quad second = __builtin_convertvector(shuffle(high, high_places), quad) * scale;
  memcpy(out, &first, sizeof first);
  memcpy(out + 4, &second, sizeof second);
}
#endif

static inline void decode8(const uint8_t *in, float *out, float scale) {
  bytes low, high;
  memcpy(&low, in, sizeof low);
  memcpy(&high, in + 8, sizeof high);
  decode(low, high, out, scale);
}

static __attribute__((noinline)) void decode_rest(const uint8_t *in, float *out, uint32_t channels, uint32_t width, float scale) {
  uint32_t c = 0;
  for (; c < channels; c++, in += 3)
    out[c] = (float)(int32_t)((uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8) * scale;
  for (; c < width; c++) out[c] = 0;
}

void SB_ISA_NAME(sb_decode24_run)(const uint8_t *in, uint32_t in_stride, float *out, uint32_t out_stride, uint32_t channels,
                                  uint32_t frames, float scale) {
  const float scale256 = scale / 256;
  const uint32_t whole = channels & ~7u;
  if (in_stride == 3 * whole && out_stride == whole) { /* no gaps: as good as one long frame */
    for (size_t i = 0; i < (size_t)frames * whole; i += 8) decode8(in + 3 * i, out + i, scale256);
    return;
  }
  for (uint32_t f = 0; f < frames; f++, in += in_stride, out += out_stride) {
    for (size_t c = 0; c < whole; c += 8) decode8(in + 3 * c, out + c, scale256);
    if (whole < out_stride) decode_rest(in + 3 * (size_t)whole, out + whole, channels - whole, out_stride - whole, scale256);
  }
}
