/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs one stage over a whole signal, as the engine would, in blocks of any length.
 *
 *     rig *r = rig_open(&sb_stage_notch, rig_signal(250, 8), (rig_set[]){{"freq_hz", .number = 50}, {0}});
 *     rig_run(r, input, frames, 32);     // input[frames * channels], rows without padding
 *     r->out[frame * r->width + ...]     // what came out, rows without padding
 *     rig_close(r);
 *
 * On the way it checks what must hold for every stage in every block: status, length, no memory taken, nothing written
 * beyond the output nor into the input, and numbers in the padding.
 */
#ifndef STAGEBOX_STAGE_RIG_H
#define STAGEBOX_STAGE_RIG_H

#include <stagebox/stagebox.h>
#include <stdbool.h>
#include <stddef.h>

#include "rig_values.h"

typedef struct rig {
  const sb_stage_class *stage;
  void *self;
  sb_format in, format; /* of the input and of the output */
  uint32_t width;       /* floats in a row of out: channels * values */
  float *out;           /* [out_frames * width] */
  int64_t *times_ns;    /* [out_frames] */
  sb_event *events;     /* [event_count], frames counted from the first of out */
  size_t out_frames, event_count, input_frames;
  size_t capacity, event_capacity;
  bool in_place;        /* from here on, blocks whose output stands where the input stood: SB_STAGE_IN_PLACE only */
} rig;

sb_format rig_signal(double rate_hz, uint32_t channels); /* channels are named "ch1", "ch2" ... */

/* NULL if create or activate refused; rig_error() then holds the words. */
rig *rig_open(const sb_stage_class *stage, sb_format in, const rig_set *sets);

/* Feeds `frames` frames in blocks of `block_frames`, and appends what comes out. Can be called again to go on. */
void rig_run(rig *r, const float *input, size_t frames, uint32_t block_frames);
/* Events that the following rig_run lays on its blocks, by frame counted from the start; kept by reference. */
void rig_events(const sb_event *events, size_t count);
/* As POST /api/params would between two blocks. */
void rig_change(rig *r, const char *id, double number);
/* Deactivates and activates again; what came out so far is forgotten. */
void rig_again(rig *r);
void rig_close(rig *r);

/* Checks that must hold for every stage: the same output for blocks of 1, 7, 32 and max frames (max error `tolerance`, 0:
 * bit for bit), finite output for silence, and one channel's NaN stays in that channel and passes. */
void rig_check_block_sizes(const sb_stage_class *stage, sb_format in, const rig_set *sets, const float *input, size_t frames, double tolerance);

#endif
