/* SPDX-License-Identifier: Apache-2.0
 *
 * The words for an input without a rate, and for frequencies that do not fit it.
 */
#ifndef STAGEBOX_STAGES_EDGE_CHECK_H
#define STAGEBOX_STAGES_EDGE_CHECK_H

#include <stagebox/stagebox.h>

/* Fails if the input's rate is irregular. [control] */
sb_status rate_check(const sb_host *host, const sb_format *in);

/* Fails unless 0 < hz < half the input's rate. `id` is the parameter's. [control] */
sb_status edge_check(const sb_host *host, const sb_format *in, const char *id, double hz);

/* Both edges, and low below high. [control] */
sb_status band_check(const sb_host *host, const sb_format *in, double low_hz, double high_hz);

#endif
