/* SPDX-License-Identifier: Apache-2.0
 *
 * How calls come to adapter.ts where one of its functions may await something: the engine is served by a thread of its
 * own, which sleeps during each call, while JavaScript's thread goes on with whatever the answer waits for.
 *
 *     serving thread    call ─▶ sb_script_crossing, wake() ─▶ sleeps ───────────────────────────▶ goes on
 *     JavaScript's                                  └─▶ reads the crossing, awaits, sb_script_answer ─┘
 */
#ifndef STAGEBOX_SCRIPT_ACROSS_H
#define STAGEBOX_SCRIPT_ACROSS_H

#include "script.h"

/* Their order is that of sb_script_calls. [serving thread] */
extern const sb_script_calls sb_across_calls;

/* Starts the thread, which ends the process with what `serve` returns. `wake` may be called from any thread. */
sb_status sb_across_begin(void (*wake)(void), int32_t (*serve)(void));

/* What the thread's call in hand fails with, in words; without such a call nobody hears them. [JavaScript's thread] */
void sb_across_fail(const char *words);

#endif
