/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads a sealed library into this process, and unloads it: dlopen runs its constructors, dlclose its destructors, so
 * both are guarded calls on a thread beside.
 */
#ifndef STAGEBOX_LOADING_H
#define STAGEBOX_LOADING_H

#include "library.h"

typedef struct sb_loading sb_loading;

/* Begins with it; `host` is what stagebox_register sees, `abi` what its note says. NULL: sb_last_error says why.
 * [control] */
sb_loading *sb_loading_start(int file, uint32_t abi, const sb_host *host);

/* SB_AGAIN until it has registered; SB_OK: its classes, which live as long as it is loaded; a failure: sb_last_error
 * says why. SB_CRASHED, SB_LATE: it fell over, and must stay as it is. Not to be asked again once it said something
 * else than SB_AGAIN. [control] */
sb_status sb_loading_poll(sb_loading *loading, sb_classes *classes);

/* Unloads one that did not fall over. False if it is still there: it fell over now, or is of the kind that stays (C++
 * may make it so), and its descriptor must stay open too, because the loader knows it by that name. [control] */
bool sb_loading_end(sb_loading *loading);

#endif
