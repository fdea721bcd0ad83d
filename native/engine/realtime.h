/* SPDX-License-Identifier: Apache-2.0
 *
 * What a data-plane thread asks of the system.
 */
#ifndef STAGEBOX_REALTIME_H
#define STAGEBOX_REALTIME_H

#include <pthread.h>
#include <stdbool.h>

enum { SB_PRIORITY_SOURCE = 45, SB_PRIORITY_GROUP = 40 };

typedef struct sb_realtime {
  int priority;  /* of SCHED_FIFO */
  bool granted;  /* it was to be had */
  bool is_lent;  /* given back for now */
} sb_realtime;

/* For the calling thread: its name, a core (-1: any), SCHED_FIFO at that priority (0: ordinary), denormals as zero,
 * since a filter's decaying tail would cost a hundred times more otherwise, and a stack that is in memory. */
sb_realtime sb_realtime_enter(const char *name, int core, int priority);

/* A thread that has more to do than time for it would starve the rest of the box, and with it whoever wants to give it
 * less to do: after a second of work without a rest it goes on at ordinary priority, until it has caught up. [rt] */
void sb_realtime_busy(sb_realtime *realtime, double since_rest_ns);
void sb_realtime_rested(sb_realtime *realtime);

#endif
