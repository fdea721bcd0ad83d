/* SPDX-License-Identifier: Apache-2.0
 *
 * Changes a rate by the ratio up / down with a polyphase low pass: of all products of an up-sampled convolution only
 * those are computed that are not 0 and are kept. A decimator is up = 1.
 *
 * Output n stands at the time of input n * down / up; the filter delays the signal by sb_resampler_delay.
 */
#ifndef STAGEBOX_DSP_RESAMPLE_H
#define STAGEBOX_DSP_RESAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa.h"

enum { SB_RESAMPLE_MAX_FACTOR = 4096, SB_RESAMPLE_MAX_REACH = 64 };

/* The smallest up / down, both at most SB_RESAMPLE_MAX_FACTOR, that is `ratio` but for rounding. False if there is none. [any] */
bool sb_resample_ratio(double ratio, uint32_t *up, uint32_t *down);

/* Number of taps of the low pass for `reach`, the samples at the lower rate to each side that an output sees. [any] */
uint32_t sb_resample_tap_count(uint32_t up, uint32_t down, uint32_t reach);

/* Writes that low pass at the up-sampled rate: Blackman window, gain `up` at 0 Hz, -74 dB from half the lower rate on;
 * flat up to 1 - 5.5 / reach of that. `reach` from 6 to SB_RESAMPLE_MAX_REACH. [any] */
void sb_resample_taps(double *taps, uint32_t up, uint32_t down, uint32_t reach);

typedef struct sb_resampler sb_resampler;

/* `stride` is a multiple of 8. NULL if there is no memory. [control] */
sb_resampler *sb_resampler_create(uint32_t up, uint32_t down, uint32_t reach, uint32_t stride);
void sb_resampler_destroy(sb_resampler *resampler);

/* In input samples. [any] */
double sb_resampler_delay(const sb_resampler *resampler);

/* Time of the next output, in input samples times `up`, counted from the next input row. [rt] */
uint64_t sb_resampler_position(const sb_resampler *resampler);

/* Rows that the next `frames` input rows will give. [rt] */
size_t sb_resampler_count(const sb_resampler *resampler, size_t frames);

/* Takes in[frames x stride], writes and returns sb_resampler_count(frames) rows of out. [rt] */
size_t sb_resampler_run(sb_resampler *resampler, const float *in, float *out, size_t frames);

/* One group of 8 channels: `count` outputs of which the first is at `position` / up rows behind x. The taps are
 * [up][taps], each phase's from the oldest row to the newest. */
SB_ISA_DECLARE(void, sb_resample_convolve, (const float *phases, uint32_t taps, uint32_t up, uint32_t down, uint64_t position,
                                            const float *x, float *out, uint32_t count, uint32_t stride));

#endif
