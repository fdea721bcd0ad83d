/* SPDX-License-Identifier: Apache-2.0
 *
 * A group: one thread that takes packets from its ring and runs its program on them.
 *
 * Its program is replaced only while its ring is empty and nobody can write to it (see session.c), so that the thread
 * reads the pointer once a packet and needs no lock.
 */
#ifndef STAGEBOX_GROUP_H
#define STAGEBOX_GROUP_H

#include <pthread.h>

#include "program.h"

enum { SB_GROUP_NAME_BYTES = 40 };

typedef struct sb_group {
  char name[SB_GROUP_NAME_BYTES];
  int core;                        /* -1: any */
  sb_ring *ring;
  sb_outlet inlet;                 /* what the producer writes through, into `ring` */
  uint32_t skipped;                /* frames passed over since the last block that was run */
  uint64_t busy_ticks;             /* of its stages since it last had to wait for a packet */
  _Atomic(sb_program *) program;
  const sb_run *run;
  _Atomic bool quit;
  pthread_t thread;
  bool started;
  bool wants_realtime;
  double speed;                    /* of the signal against real time; 0: no deadlines */
  double tick_ns;
  _Atomic bool is_realtime;
  _Atomic double deadline_ns;
  _Atomic uint64_t blocks, overruns, late;
  sb_histogram ticks;              /* of whole blocks, those that were timed */
} sb_group;

/* A group whose ring takes packets of the format; its thread is not started. NULL if memory is short. [control] */
sb_group *sb_group_create(const char *name, int core, const sb_format *input, const sb_run *run, double speed);
bool sb_group_start(sb_group *group);
/* Runs the oldest packet of its ring, or passes over it, if there is one: what its thread does over and over. [rt] */
bool sb_group_step(sb_group *group);
/* Whether everything written to it has been run. [control] */
bool sb_group_is_idle(const sb_group *group);
/* Ends the thread after what is in its ring; destroys its program too. [control] */
void sb_group_destroy(sb_group *group);
void sb_group_stats(const sb_group *group, double *out);

#endif
