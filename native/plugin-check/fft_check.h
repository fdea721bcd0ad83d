/* SPDX-License-Identifier: Apache-2.0
 *
 * A library may bring Fourier transforms in the place of stages: what is demanded of those.
 */
#ifndef STAGEBOX_FFT_CHECK_H
#define STAGEBOX_FFT_CHECK_H

#include <stagebox/ext/draft/fft_backend.h>

/* [trial] Against the definition, and without memory being taken. Ends the trial where something is wrong. */
void fft_check(const sb_fft_backend *backend, uint64_t seed);

#endif
