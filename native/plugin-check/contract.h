/* SPDX-License-Identifier: Apache-2.0
 *
 * What stage.h and source.h demand of every format and every block. Where it is not so, the trial ends.
 */
#ifndef STAGEBOX_CHECK_CONTRACT_H
#define STAGEBOX_CHECK_CONTRACT_H

#include "rig.h"

/* The bits of a float in an output that nobody has written: a NaN that no arithmetic makes. */
extern const uint32_t contract_unwritten;

/* What the engine needs of a format, and what the class said of it. After activate. */
void contract_check_format(const rig *r);

/* After process or read; `in_before` and `out_before`: the blocks as they were handed over. */
void contract_check_block(const rig *r, const sb_block *in_before, const sb_block *out_before, sb_status status);

#endif
