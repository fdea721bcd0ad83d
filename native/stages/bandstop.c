/* SPDX-License-Identifier: Apache-2.0
 *
 * Removes a band of frequencies: a recursive filter, by its name. For one frequency see notch.
 */
#include <stdlib.h>

#include "edge_filter.h"

static const sb_param params[] = {
    EDGE_FILTER_EDGE("low_hz", "45", "Upper edge of the pass band below."),
    EDGE_FILTER_EDGE("high_hz", "55", "Lower edge of the pass band above."),
    EDGE_FILTER_PARAMS,
};

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  return edge_filter_create(host, values, SB_IIR_BANDSTOP, self);
}

const sb_stage_class sb_stage_bandstop = {
    EDGE_FILTER_CLASS,
    .type = "bandstop",
    .name = "Band stop",
    .description = "Removes a band of frequencies.",
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
};
