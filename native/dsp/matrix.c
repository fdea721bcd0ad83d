/* SPDX-License-Identifier: Apache-2.0 */
#include "matrix.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "isa.h"

SB_ISA_DECLARE(void, sb_matrix_run, (const float *, uint32_t, uint32_t, float *, uint32_t, uint32_t, const float *));

static bool row_is_finite(const float *row, uint32_t count) {
  float zero = 0;
  for (uint32_t i = 0; i < count; i++) zero += row[i] * 0.0f;
  return zero == 0;
}

/* The arithmetic makes NaN of 0 * NaN and 0 * Inf: a frame that has them is done over, without its zeros. */
static void multiply_without_zeros(const float *in, uint32_t inputs, float *out, uint32_t out_stride, const float *columns) {
  memset(out, 0, out_stride * sizeof *out);
  for (uint32_t i = 0; i < inputs; i++)
    for (uint32_t o = 0; o < out_stride; o++)
      if (columns[(size_t)i * out_stride + o] != 0) out[o] += columns[(size_t)i * out_stride + o] * in[i];
}

void sb_matrix_run(const float *in, uint32_t in_stride, uint32_t inputs, float *out, uint32_t out_stride, uint32_t frames,
                   const float *columns) {
  SB_ISA_PICK(sb_matrix_run)(in, in_stride, inputs, out, out_stride, frames, columns);
  for (uint32_t f = 0; f < frames; f++, in += in_stride, out += out_stride)
    if (!row_is_finite(in, inputs)) multiply_without_zeros(in, inputs, out, out_stride, columns);
}
