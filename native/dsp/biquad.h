/* SPDX-License-Identifier: Apache-2.0
 *
 * Recursive filters as cascades of second-order sections, over channels that lie side by side.
 *
 * A section is (b0 + b1/z + b2/z^2) / (1 + a1/z + a2/z^2) with b0 not 0.
 * The state is float64 unless asked otherwise: with float32 a 1 Hz high pass has an error of -103 dB at 250 Hz
 * and of -74 dB at 4 kHz.
 */
#ifndef STAGEBOX_DSP_BIQUAD_H
#define STAGEBOX_DSP_BIQUAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SB_CASCADE_MAX_SECTIONS = 32 };

typedef struct sb_biquad {
  double b0, b1, b2, a1, a2;
} sb_biquad;

typedef struct sb_cascade {
  uint32_t count;
  sb_biquad sections[SB_CASCADE_MAX_SECTIONS];
} sb_cascade;

/* True if every pole lies inside the unit circle. [any] */
bool sb_cascade_stable(const sb_cascade *cascade);

/* A cascade with a state for each of `stride` channels. */
typedef struct sb_biquad_bank sb_biquad_bank;

/* `stride` is a multiple of 8. NULL if there is no memory. [control] */
sb_biquad_bank *sb_biquad_create(const sb_cascade *cascade, uint32_t stride, bool float32_state);
void sb_biquad_destroy(sb_biquad_bank *bank);

/* Puts another cascade with the same number of sections in place. The state is kept, but for the part that the latest
 * input would have left as a constant: an offset makes no jump. [rt] */
void sb_biquad_change(sb_biquad_bank *bank, const sb_cascade *cascade);

/* The state as if row[stride] had been the input for ever. [rt] */
void sb_biquad_settle(sb_biquad_bank *bank, const float *row);

/* Filters in[frames x stride] to out[frames x stride], which may be the same. A channel that met a NaN or an infinity
 * begins again from rest at the next call. [rt] */
void sb_biquad_run(sb_biquad_bank *bank, const float *in, float *out, size_t frames);

/* The state in a form that suits any other cascade of as many sections, at any address: for each channel a double for the
 * latest input and 2 x sections for the distance from the state settled on it. Load takes what is not finite for 0. [rt] */
size_t sb_biquad_state_bytes(const sb_biquad_bank *bank);
void sb_biquad_save(const sb_biquad_bank *bank, void *bytes);
void sb_biquad_load(sb_biquad_bank *bank, const void *bytes);

#endif
