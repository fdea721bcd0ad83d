/* SPDX-License-Identifier: Apache-2.0
 *
 * A running graph: one source, its thread, and the groups behind it.
 */
#ifndef STAGEBOX_SESSION_H
#define STAGEBOX_SESSION_H

#include "clock.h"
#include "plan.h"

enum { SB_SESSION_MARKS = 64 };

typedef struct sb_mark {
  char label[SB_EVENT_LABEL_BYTES];
  float duration_s;
  int64_t time_ns;
} sb_mark;

struct sb_session {
  sb_node *source;
  uint32_t block_frames;
  double speed;                /* 0: as fast as it goes */
  uint64_t end_frame;          /* 0: when the source ends */
  sb_run run;

  pthread_mutex_t delivery;    /* held while a block is handed out, and while programs change */
  sb_program *source_program;  /* [delivery] no steps: where the source's blocks go */
  sb_group *groups[SB_PLAN_MAX_GROUPS];
  uint32_t group_count;
  uint32_t swaps;

  pthread_t thread;            /* the source's */
  bool started;
  _Atomic bool ended, is_realtime;

  sb_mark marks[SB_SESSION_MARKS]; /* written by control, read by the source's thread */
  _Atomic uint32_t marks_written, marks_read;

  sb_clock clock;              /* [source's thread] */
  _Atomic double drift_ppm, jitter_ns;
  _Atomic int64_t start_ns;
  _Atomic uint64_t blocks, frames, lost_frames, waits;
  sb_histogram wake_ns;

  sb_bell activity;            /* rung by taps, and by a source that wants data or has ended */
  uint32_t seen_activity;      /* [control] */
};

/* The source's thread. Its argument is the session. */
void *sb_source_thread(void *session);

#endif
