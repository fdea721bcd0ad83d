/* SPDX-License-Identifier: Apache-2.0
 *
 * Forbids this thread all system calls, for good, and ends the trial at the first with its name. What a real-time
 * thread may do without waiting remains: reading the clock, waking another thread.
 */
#ifndef STAGEBOX_FORBID_H
#define STAGEBOX_FORBID_H

#include <stdbool.h>

#include "cases.h"

/* In the sandbox, before it is sealed. A language that allocates as it computes may; of one with threads of its own only
 * those are forbidden that wait, or leave the process. False if the machine cannot (an emulator). */
bool forbid_calls(place_of_code place);

#endif
