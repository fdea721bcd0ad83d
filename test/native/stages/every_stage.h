/* SPDX-License-Identifier: Apache-2.0
 *
 * Every built-in stage and behind them those of the first-party plugins, and values for the parameters that have no default.
 */
#ifndef STAGEBOX_TEST_EVERY_STAGE_H
#define STAGEBOX_TEST_EVERY_STAGE_H

#include "stage_rig.h"

/* NULL behind the last. */
extern const sb_stage_class *every_stage[];
extern const uint32_t every_stage_built_in; /* how many of them are */

enum { EVERY_STAGE_MAX_SETS = 8 };

/* Writes values for what `stage` requires on `channels` channels, named as rig_signal does, to the front of
 * sets[EVERY_STAGE_MAX_SETS], and {0} behind them. Returns how many. They are valid until the next call. */
int every_stage_required(const sb_stage_class *stage, uint32_t channels, rig_set *sets);

/* rig_open with these. */
rig *every_stage_open(const sb_stage_class *stage, sb_format in);

#endif
