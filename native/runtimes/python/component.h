/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions of the classes that a manifest declares: each hands its call to the plugin's Python code, through
 * adapter.py.
 */
#ifndef STAGEBOX_PYTHON_COMPONENT_H
#define STAGEBOX_PYTHON_COMPONENT_H

#include "classes.h"
#include "python.h"

/* Component `number` of adapter.py is the class of that number. */
extern const sb_adapter_functions sb_component_functions;

/* adapter.create(number, params) makes an instance. */
void sb_component_set_maker(sb_py *create);

#endif
