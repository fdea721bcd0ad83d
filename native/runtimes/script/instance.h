/* SPDX-License-Identifier: Apache-2.0
 *
 * Instances of the classes that a manifest declares: each hands its calls to adapter.ts, which knows it by a number.
 */
#ifndef STAGEBOX_SCRIPT_INSTANCE_H
#define STAGEBOX_SCRIPT_INSTANCE_H

#include "classes.h"
#include "script.h"

extern const sb_adapter_functions sb_script_functions;

void sb_script_set_calls(const sb_script_calls *calls);

#endif
