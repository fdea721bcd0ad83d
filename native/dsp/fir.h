/* SPDX-License-Identifier: Apache-2.0
 *
 * Direct convolution of channels that lie side by side, in float32.
 */
#ifndef STAGEBOX_DSP_FIR_H
#define STAGEBOX_DSP_FIR_H

#include "history.h"
#include "isa.h"

typedef struct sb_fir sb_fir;

/* taps[count], count > 0; `stride` is a multiple of 8. NULL if there is no memory. [control] */
sb_fir *sb_fir_create(const double *taps, uint32_t count, uint32_t stride);
void sb_fir_destroy(sb_fir *fir);

/* out[f] = taps[0] in[f] + taps[1] in[f - 1] + ..., where the signal before the first call is 0. in[frames x stride] and
 * out[frames x stride] may be the same. [rt] */
void sb_fir_run(sb_fir *fir, const float *in, float *out, size_t frames);

/* The history as bytes, at any address. Load returns false, and changes nothing, unless they come from a filter with as many
 * taps and channels. [rt] */
size_t sb_fir_state_bytes(const sb_fir *fir);
void sb_fir_save(const sb_fir *fir, void *bytes);
bool sb_fir_load(sb_fir *fir, const void *bytes, size_t count);

/* One group of 8 channels: x[0], x[8] ... are new rows behind count - 1 old ones; count is a multiple of 4. */
SB_ISA_DECLARE(void, sb_fir_convolve, (const float *taps, uint32_t count, const float *x, float *out, uint32_t frames,
                                       uint32_t stride));

#endif
