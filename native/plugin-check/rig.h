/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs one instance over a signal, as the engine would, in blocks of any length, and keeps what comes out.
 *
 * On the way it ends the trial where a block breaks the contract: another status than SB_OK, more frames than promised,
 * another shape, an output that was not written, something written that is not the component's to write.
 */
#ifndef STAGEBOX_CHECK_RIG_H
#define STAGEBOX_CHECK_RIG_H

#include "component.h"
#include "fence.h"
#include "param_values.h"
#include "test_signal.h"

typedef struct rig_shape {
  double rate_hz;
  uint32_t channels, max_frames;
} rig_shape;

typedef struct rig {
  const component *of;
  void *self;
  param_values values;
  sb_format in, format;   /* of the input (a stage's) and of the output */
  bool has_ended;         /* a source's */
  bool in_place;          /* from here on, the output stands where the input stood */

  uint32_t width;         /* floats in a row of out */
  float *out;             /* [frames * width], rows without padding */
  int64_t *times_ns;      /* [frames] */
  sb_event *events;       /* [event_count], frames counted from the first of out */
  size_t frames, event_count, input_frames, capacity, event_capacity;

  sb_block in_block, out_block;
} rig;

/* What components see; set it first. */
extern const sb_host *rig_host;

/* How a signal is cut into blocks. */
typedef struct rig_cut {
  uint32_t frames;  /* in each block; 0: drawn anew for each, from 1 to max_frames */
  uint64_t state;   /* of draw, for 0 */
} rig_cut;

/* Created and activated. NULL if one of them refused; sb_last_error() then holds the words. */
rig *rig_open(const component *of, const rig_shape *shape, fence_edge edge);
/* With these numbers in the places of the table's; ends with index -1. */
typedef struct rig_set {
  int index;
  double number;
} rig_set;
rig *rig_open_with(const component *of, const rig_shape *shape, const rig_set *sets, fence_edge edge);

/* Feeds `frames` frames of the signal, from where the last call ended, and appends what comes out. From a source reads
 * them. */
void rig_run(rig *r, const test_signal *signal, uint64_t frames, rig_cut cut);
/* Between two blocks. */
void rig_change(rig *r, uint32_t param, double number);
/* Deactivates and activates again; what came out so far is forgotten. */
void rig_again(rig *r);
void rig_close(rig *r);

/* The input of one block, ready for rig_process; for those who measure a call by itself. */
void rig_prepare(rig *r, const test_signal *signal, uint32_t frames);
/* The bare call, nothing checked. */
sb_status rig_process(rig *r);

#endif
