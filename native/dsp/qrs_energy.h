/* SPDX-License-Identifier: Apache-2.0
 *
 * How much of a QRS complex there is around a sample of an electrocardiogram.
 */
#ifndef STAGEBOX_DSP_QRS_ENERGY_H
#define STAGEBOX_DSP_QRS_ENERGY_H

#include <stdint.h>

/* Mean of the last `window` numbers. */
typedef struct sb_mean {
  uint32_t window, place;
  double *ring, sum, fresh; /* ring [window] */
} sb_mean;

typedef struct sb_qrs_energy {
  sb_mean narrow, wide, square;
  double *delay; /* [delay_frames] of the narrow mean, to meet the centre of the wide one */
  uint32_t delay_frames, delay_place;
  uint32_t lag; /* frames from a sample to the energy around it */
  double *memory;
} sb_qrs_energy;

/* 0, or -1 if there is no memory. [control] */
int sb_qrs_energy_open(sb_qrs_energy *energy, double rate_hz);
void sb_qrs_energy_close(sb_qrs_energy *energy);

/* Takes a sample, which must be finite; returns the energy around the one `lag` frames before it, in the samples' unit. [rt] */
double sb_qrs_energy_push(sb_qrs_energy *energy, float sample);

#endif
