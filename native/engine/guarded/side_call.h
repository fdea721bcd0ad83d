/* SPDX-License-Identifier: Apache-2.0
 *
 * A guarded call on a thread of its own, for those that may take their time or hang: making an instance, opening a
 * library. The control thread starts it and asks now and then whether it is done.
 */
#ifndef STAGEBOX_SIDE_CALL_H
#define STAGEBOX_SIDE_CALL_H

#include <stagebox/status.h>

#include "fault.h"

typedef struct sb_side_call sb_side_call;

/* Starts body(argument), which is ended after `limit_s` seconds. NULL: there is no thread to be had. [control] */
sb_side_call *sb_side_call_start(void (*body)(void *), void *argument, double limit_s);

/* SB_AGAIN while it runs. SB_OK: body has returned. SB_CRASHED, SB_LATE: it fell over or was ended; *fault says how.
 * SB_WRONG_STATE: it cannot even be ended, and goes on for good. [control] */
sb_status sb_side_call_poll(sb_side_call *call, sb_fault *fault);

/* The same, waiting for it. */
sb_status sb_side_call_wait(sb_side_call *call, sb_fault *fault);

/* Once poll has said something else than SB_AGAIN. */
void sb_side_call_destroy(sb_side_call *call);

/* Instead of destroy at any time: whenever it is done, and if body returned, after(argument) is called on its thread,
 * guarded and limited in the same way; last(argument, whether all of that returned) comes at the very end,
 * unguarded. */
void sb_side_call_leave(sb_side_call *call, void (*after)(void *), void (*last)(void *, bool));

#endif
