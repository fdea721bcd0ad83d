/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds the R peaks of an electrocardiogram, raw or band-passed, of either polarity and any unit, sample by sample.
 */
#ifndef STAGEBOX_DSP_QRS_H
#define STAGEBOX_DSP_QRS_H

#include <stdint.h>

typedef struct sb_qrs sb_qrs;

enum { SB_QRS_MAX_BEATS = 32 }; /* that one sample can bring to light */

/* For rates from 100 Hz. NULL if there is no memory. [control] */
sb_qrs *sb_qrs_create(double rate_hz);
void sb_qrs_destroy(sb_qrs *qrs);

/* Takes one sample; returns how many beats it settles and writes the frames of their R peaks, in order, to
 * beats [SB_QRS_MAX_BEATS]. Frames count from 0, the first sample. A beat is settled about 0.3 s after its R peak; those
 * of the first two seconds, and small ones, later. A sample that is not finite counts as the one before it. [rt] */
uint32_t sb_qrs_push(sb_qrs *qrs, float sample, int64_t *beats);

/* Frames that went missing: they count, and no beat is looked for in them. [rt] */
void sb_qrs_skip(sb_qrs *qrs, uint32_t frames);

#endif
