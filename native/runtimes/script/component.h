/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions of the classes that a manifest declares: each hands its call to adapter.ts.
 */
#ifndef STAGEBOX_SCRIPT_COMPONENT_H
#define STAGEBOX_SCRIPT_COMPONENT_H

#include "script.h"

/* What the code of a class can do, as adapter.ts says. */
enum { SB_TRAIT_STATE = 1, SB_TRAIT_LATENCY = 2, SB_TRAIT_SELF_PACED = 4 };

void sb_component_set_calls(const sb_script_calls *calls);

/* Copies of these classes, with functions; component `number` of adapter.ts. Their tables must live on. */
void sb_component_fill_stage(uint32_t number, uint32_t traits, const sb_stage_class *declared, sb_stage_class *out);
void sb_component_fill_source(uint32_t number, uint32_t traits, const sb_source_class *declared, sb_source_class *out);

#endif
