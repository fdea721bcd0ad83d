/* SPDX-License-Identifier: Apache-2.0
 *
 * Fourier transforms that a library in this process lends to all stages. Each plan made with them keeps the library
 * open.
 */
#ifndef STAGEBOX_FFT_LENDING_H
#define STAGEBOX_FFT_LENDING_H

#include "library.h"

/* Puts the transforms that it offered, if it did, in the place of those in force; and the built-in ones back, if its
 * are in force. [control] */
void sb_fft_lending_begin(sb_library *library);
void sb_fft_lending_end(const sb_library *library);

#endif
