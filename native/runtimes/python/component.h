/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions of the classes that a manifest declares: each hands its call to the plugin's Python code, through
 * adapter.py.
 */
#ifndef STAGEBOX_PYTHON_COMPONENT_H
#define STAGEBOX_PYTHON_COMPONENT_H

#include <stagebox/stagebox.h>

#include "python.h"

enum { SB_PYTHON_MAX_CLASSES = 64 };

/* What the code of a class can do, as adapter.py says. */
enum { SB_TRAIT_STATE = 1, SB_TRAIT_LATENCY = 2, SB_TRAIT_SELF_PACED = 4 };

/* Copies of these classes, with functions, from `first` on: component number `first` of adapter.py is stages[0]. The
 * tables that they point to must live on. */
void sb_component_fill_stage(uint32_t number, uint32_t traits, const sb_stage_class *declared, sb_stage_class *out);
void sb_component_fill_source(uint32_t number, uint32_t traits, const sb_source_class *declared, sb_source_class *out);

/* adapter.create(number, params) makes an instance. */
void sb_component_set_maker(sb_py *create);

#endif
