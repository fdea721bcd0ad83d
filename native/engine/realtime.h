/* SPDX-License-Identifier: Apache-2.0
 *
 * What a data-plane thread asks of the system.
 */
#ifndef STAGEBOX_REALTIME_H
#define STAGEBOX_REALTIME_H

#include <pthread.h>
#include <stdbool.h>

enum { SB_PRIORITY_SOURCE = 45, SB_PRIORITY_GROUP = 40 };

/* For the calling thread: its name, a core (-1: any), SCHED_FIFO at that priority (0: ordinary), denormals as zero,
 * since a filter's decaying tail would cost a hundred times more otherwise, and a stack that is in memory. Returns
 * whether FIFO was granted. */
bool sb_realtime_enter(const char *name, int core, int priority);

#endif
