/* SPDX-License-Identifier: Apache-2.0
 *
 * The way from the engine's feed functions into a replay source.
 */
#ifndef STAGEBOX_REPLAY_H
#define STAGEBOX_REPLAY_H

#include "../engine/feed.h"

extern const sb_source_class sb_source_replay;

/* Where a replay instance keeps its feed, which it owns. [control] */
sb_feed **sb_replay_feed(void *self);

#endif
