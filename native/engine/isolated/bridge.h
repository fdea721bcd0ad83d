/* SPDX-License-Identifier: Apache-2.0
 *
 * An instance in a process of its own, as sb_foreign (sb_bridge_create in foreign.h makes one). Three parts:
 *
 *     incarnation   one life: a process and the memory shared with it, from its start until it runs
 *     bridge        what outlives it: settings, and a second incarnation that takes the place of one that fell
 *     bridge_rt     the real-time side: blocks to the process and back
 */
#ifndef STAGEBOX_BRIDGE_H
#define STAGEBOX_BRIDGE_H

#include <pthread.h>

#include "exchange.h"
#include "foreign.h"
#include "hosting.h"
#include "node.h"

typedef enum sb_incarnation_step {
  SB_INCARNATION_REGISTERS, /* until its process has told its classes */
  SB_INCARNATION_ACTIVATES, /* until it has told the format of its output */
  SB_INCARNATION_ATTACHES,  /* until it has the rings */
  SB_INCARNATION_RUNS,
  SB_INCARNATION_IS_GONE,
} sb_incarnation_step;

typedef struct sb_incarnation {
  sb_process *process;
  sb_incarnation_step step;
  int64_t started_ns;
  sb_format out;             /* its texts lie in `format_bytes` */
  uint8_t *format_bytes;
  double latency_s;
  uint32_t state_bytes;
  sb_ring *requests, *replies;
  sb_state_area *area;
  sb_parcel_layout in_layout, out_layout;

  uint64_t sent, answered;   /* [rt] tickets */
  uint64_t read;             /* [rt] ticket of a source's last parcel */
  uint32_t frames_taken;     /* [rt] of the source's oldest parcel */
  uint32_t told_missed;      /* [rt] frames of the gap that it was told of last */
  bool slept;                /* [rt] when it was asked last */
  bool is_realtime;          /* [rt] and its caller is, too */
  bool has_ended;            /* [rt] a source's last word */
  _Atomic int64_t unanswered_since_ns; /* 0: nothing is out */
  _Atomic int64_t called_ns; /* when the real-time side was here last */
  _Atomic bool is_gone;      /* nobody need ask it anything any more */
  _Atomic bool has_answered; /* with a block */
  bool was_given_state;
  _Atomic int priority;      /* of the thread that calls; 0: an ordinary one */
} sb_incarnation;

typedef struct sb_bridge {
  sb_foreign common;
  pthread_mutex_t turn;      /* who uses `now`: the real-time side only tries */
  sb_incarnation *now;       /* the one that computes, or has fallen */
  sb_incarnation *next;      /* its successor, on its way */
  bool skips_state;          /* the saved state was the end of the last one that was given it */
  uint8_t *create;           /* the CREATE message, with the numbers as they are now */
  size_t create_bytes, numbers_at;
  sb_parcel_layout in_layout;
  sb_format out;             /* as agreed; without texts */
  uint32_t state_bytes;
  _Atomic double numbers[SB_NODE_MAX_PARAMS]; /* live parameters, the latest of each */
  _Atomic uint64_t changed;  /* [rt] a bit for each that the process was not told */
  uint32_t missed;           /* [rt] frames that it was not told */
  double last_cpu_ns;        /* of the incarnations before */
  sb_status end;             /* SB_OK, or how the present one ended */
  char words[512];
} sb_bridge;

/* A new process for one instance. NULL: sb_last_error says why. [control] */
sb_incarnation *sb_incarnation_create(sb_bridge *bridge);

/* Brings it one step further, if it can. SB_AGAIN until it runs, then SB_OK; a failure: it is gone. [control] */
sb_status sb_incarnation_advance(sb_bridge *bridge, sb_incarnation *incarnation);

/* Posts a request without a block. False: there is no room. One that is answered gets a ticket: incarnation->sent. */
bool sb_incarnation_post(sb_incarnation *incarnation, sb_parcel parcel);

void sb_incarnation_destroy(sb_incarnation *incarnation);

/* bridge_rt.c, as in foreign.h */
sb_status sb_bridge_process(sb_foreign *foreign, const sb_block *in, sb_block *out, int64_t deadline_ns);
sb_status sb_bridge_read(sb_foreign *foreign, sb_block *out);
void sb_bridge_set(sb_foreign *foreign, uint32_t param, const sb_value *value);
uint32_t sb_bridge_save(sb_foreign *foreign, void *out, uint32_t room);
sb_status sb_bridge_load(sb_foreign *foreign, const void *bytes, uint32_t count);

#endif
