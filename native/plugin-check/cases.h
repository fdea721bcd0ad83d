/* SPDX-License-Identifier: Apache-2.0
 *
 * What is demanded of a component: each case runs in a trial of its own and ends it with trial_fail or trial_skip, or
 * returns. The table in cases.c says what each demands.
 */
#ifndef STAGEBOX_CHECK_CASES_H
#define STAGEBOX_CHECK_CASES_H

#include "rig.h"

/* Where the code of a component is, which says what can be demanded of it. */
typedef enum place_of_code {
  CODE_IN_LIBRARY, /* its own */
  CODE_ADAPTED,    /* a language's that takes and gives back memory as it goes */
  CODE_IN_PROGRAM, /* the same, and this process is a program of that language's, with threads that work for it */
  CODE_AWAITED,    /* the same, and calls wait for what is elsewhere */
} place_of_code;

typedef struct subject {
  const component *of;
  uint64_t seed;        /* of this component and case */
  bool quick;
  void *handle;         /* dlopen's; NULL: it cannot be closed */
  place_of_code place;
} subject;

typedef struct check_case {
  const char *name;
  bool of_stages, of_sources;
  void (*run)(const subject *s);
  bool may_forbid;       /* it calls forbid_calls */
  const char *then_stop; /* where it fails no other can be tried, since ...; NULL: they can */
} check_case;

extern const check_case cases[];
extern const uint32_t case_count;

/* ---- for the cases ---- */

/* Shapes of signals that the component takes, most usual first; returns how many, at most `most` (1 if quick), and
 * skips the trial if there is none: that is for the case "formats" to judge. */
uint32_t case_shapes(const subject *s, rig_shape *out, uint32_t most);
/* Noise with a sine, beats and events. */
test_signal case_signal(const subject *s, const rig_shape *shape);
/* Frames of it after which the component has put out something, at least some seconds'; 0 if it never does. */
uint64_t case_frames(const subject *s, const rig_shape *shape);
/* The whole signal through a new instance. */
rig *case_run(const subject *s, const rig_shape *shape, const test_signal *signal, uint64_t frames, rig_cut cut);
/* Fails unless both put out the same: values within `tolerance` of the largest of a's (0: bit for bit), times,
 * events. */
void case_require_same(rig *a, rig *b, double tolerance, const char *what);
/* Fails at the first value from that frame on that is no number. */
void case_require_finite(const rig *r, size_t from_frame, const char *what);

void case_descriptor(const subject *s);
void case_formats(const subject *s);
void case_parameters(const subject *s);
void case_live_parameters(const subject *s);
void case_shape(const subject *s);
void case_memory_bounds(const subject *s);
void case_block_sizes(const subject *s);
void case_in_place(const subject *s);
void case_again(const subject *s);
void case_instances(const subject *s);
void case_state(const subject *s);
void case_foreign_state(const subject *s);
void case_silence(const subject *s);
void case_bad_numbers(const subject *s);
void case_events(const subject *s);
void case_latency(const subject *s);
void case_allocation(const subject *s);
void case_blocking(const subject *s);
void case_leaks(const subject *s);
void case_cost(const subject *s);
void case_unload(const subject *s);
void case_read(const subject *s);

#endif
