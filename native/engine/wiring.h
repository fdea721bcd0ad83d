/* SPDX-License-Identifier: Apache-2.0
 *
 * A plan made ready to run: a program for the source's thread and one for each group, every connection in place. A
 * group that runs already keeps its thread and ring; new ones are made and started. Nothing of what runs is touched
 * before sb_wiring_put_in_place.
 */
#ifndef STAGEBOX_WIRING_H
#define STAGEBOX_WIRING_H

#include "plan.h"
#include "session.h"

/* [control] */
sb_status sb_wiring_create(sb_session *session, const sb_plan *plan, sb_wiring **out);

/* Whether the session is as the wiring found it. [control] */
bool sb_wiring_fits(const sb_wiring *wiring, const sb_session *session);

/* Exchanges the session's programs and groups with those of the wiring, which then holds the old ones. Only while no
 * block is under way. [control] */
void sb_wiring_put_in_place(sb_wiring *wiring, sb_session *session);

/* Ends what the wiring holds and the session does not. [control] */
void sb_wiring_destroy(sb_wiring *wiring);

#endif
