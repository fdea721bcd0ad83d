/* SPDX-License-Identifier: Apache-2.0
 *
 * Events through a stage that changes the rate: each waits for the first output frame that covers its input frame.
 *
 *     sb_event_hold_take(&hold, in, out);                                // at the start of process
 *     sb_event_hold_release(&hold, input_frame, out, output_frame);      // whenever an output frame is made
 *     sb_event_hold_advance(&hold, in->frames);                          // at its end
 */
#ifndef STAGEBOX_STAGES_EVENT_HOLD_H
#define STAGEBOX_STAGES_EVENT_HOLD_H

#include <stagebox/stagebox.h>

typedef struct sb_event_hold {
  uint32_t count;
  sb_event events[2 * SB_BLOCK_MAX_EVENTS]; /* in order of arrival; frames relative to the present input block */
} sb_event_hold;

/* Takes the input block's events off the output block. Those beyond the room there is are dropped. [rt] */
void sb_event_hold_take(sb_event_hold *hold, const sb_block *in, sb_block *out);

/* Puts the events up to and on `input_frame` on `output_frame`. [rt] */
void sb_event_hold_release(sb_event_hold *hold, int64_t input_frame, sb_block *out, uint32_t output_frame);

/* The input block is over. [rt] */
void sb_event_hold_advance(sb_event_hold *hold, uint32_t frames);

#endif
