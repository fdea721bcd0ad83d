/* SPDX-License-Identifier: Apache-2.0 */
#include "decode24.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "isa.h"

/* The definition: two's complement of weight 2^16, 2^8 and 1. */
static double sample(const uint8_t *in) { return (in[0] < 128 ? in[0] : in[0] - 256) * 65536.0 + in[1] * 256.0 + in[2]; }

static void check_decode(uint32_t channels, uint32_t in_stride, uint32_t out_stride, uint32_t frames, float scale) {
  /* Exactly as many bytes as the samples have, so that the address sanitizer sees any more being read. */
  const size_t bytes = (size_t)(frames - 1) * in_stride + 3 * channels;
  uint8_t *in = malloc(bytes);
  float *out = malloc((size_t)frames * out_stride * sizeof *out);
  uint32_t word = 12345;
  for (size_t i = 0; i < bytes; i++) in[i] = (uint8_t)((word = word * 1664525u + 1013904223u) >> 24);
  static const uint8_t corners[] = {0x80, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 1};
  memcpy(in, corners, bytes < sizeof corners ? bytes : sizeof corners);
  sb_decode24_run(in, in_stride, out, out_stride, channels, frames, scale);
  for (uint32_t f = 0; f < frames; f++)
    for (uint32_t c = 0; c < out_stride; c++) {
      const double want = c < channels ? (float)(sample(in + (size_t)f * in_stride + 3 * c) * scale) : 0;
      if (!CHECK_NEAR(out[(size_t)f * out_stride + c], want, 0)) goto done;
    }
done:
  free(in), free(out);
}

TEST(decode24_gives_every_sample_times_the_scale_at_every_isa_level) {
  for (int level = SB_ISA_128; level <= SB_ISA_512; level++) {
    sb_isa_limit((sb_isa)level);
    for (uint32_t channels = 1; channels <= 40; channels++) check_decode(channels, 3 * channels + 3, (channels + 7) / 8 * 8, 5, 0.022351742f);
    check_decode(8, 24, 8, 33, 1);
    check_decode(16, 48, 16, 1, 1);
    check_decode(3, 9, 8, 11, -2.5f);
  }
  sb_isa_limit(SB_ISA_512);
}
