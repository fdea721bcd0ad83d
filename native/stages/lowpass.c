/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps what is slower than an edge: a recursive filter, by its name.
 */
#include <stdlib.h>

#include "edge_filter.h"

static const sb_param params[] = {
    EDGE_FILTER_EDGE("freq_hz", "40", "Edge of the pass band: -3 dB (Chebyshev: the end of the ripple)."),
    EDGE_FILTER_PARAMS,
};

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  return edge_filter_create(host, values, SB_IIR_LOWPASS, self);
}

const sb_stage_class sb_stage_lowpass = {
    EDGE_FILTER_CLASS,
    .type = "lowpass",
    .name = "Low pass",
    .description = "Keeps what is slower than an edge.",
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
};
