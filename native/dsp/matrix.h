/* SPDX-License-Identifier: Apache-2.0
 *
 * Spatial filters: every frame is multiplied by one matrix.
 */
#ifndef STAGEBOX_DSP_MATRIX_H
#define STAGEBOX_DSP_MATRIX_H

#include <stdint.h>

/* out[frame][o] = sum over i < inputs of columns[i][o] * in[frame][i]: `columns` [inputs x out_stride] holds the matrix
 * transposed, its padding zero. Rows are in [frames x in_stride], out [frames x out_stride]; in is not out. A coefficient
 * of exactly 0 keeps out whatever its channel holds, NaN too. [rt] */
void sb_matrix_run(const float *in, uint32_t in_stride, uint32_t inputs, float *out, uint32_t out_stride, uint32_t frames,
                   const float *columns);

#endif
