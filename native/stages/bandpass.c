/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps a band of frequencies: a recursive filter, by its name.
 */
#include <stdlib.h>

#include "edge_filter.h"

static const sb_param params[] = {
    EDGE_FILTER_EDGE("low_hz", "1", "Lower edge of the pass band."),
    EDGE_FILTER_EDGE("high_hz", "40", "Upper edge of the pass band."),
    EDGE_FILTER_PARAMS,
};

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  return edge_filter_create(host, values, SB_IIR_BANDPASS, self);
}

const sb_stage_class sb_stage_bandpass = {
    EDGE_FILTER_CLASS,
    .type = "bandpass",
    .name = "Band pass",
    .description = "Keeps a band of frequencies.",
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
};
