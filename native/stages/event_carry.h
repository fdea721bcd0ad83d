/* SPDX-License-Identifier: Apache-2.0
 *
 * Carries events and flags through a stage that gives fewer frames than it takes: an event goes to the first output frame
 * that has seen it, and what comes while there is no output waits for the next.
 */
#ifndef STAGEBOX_STAGES_EVENT_CARRY_H
#define STAGEBOX_STAGES_EVENT_CARRY_H

#include <stagebox/block.h>

typedef struct event_carry {
  uint32_t flags, lost, count;
  sb_event events[SB_BLOCK_MAX_EVENTS];
} event_carry;

static inline void event_carry_hold(event_carry *carry, const sb_event *event) {
  if (carry->count == SB_BLOCK_MAX_EVENTS) return;
  carry->events[carry->count] = *event;
  carry->events[carry->count++].frame = 0;
}

/* Output frame i stands at input frame first + i * hop. Call it when out->frames is known. [rt] */
static inline void event_carry_move(event_carry *carry, const sb_block *in, sb_block *out, uint32_t first, uint32_t hop) {
  out->event_count = 0;
  if (out->frames == 0) {
    for (uint32_t i = 0; i < in->event_count; i++) event_carry_hold(carry, &in->events[i]);
    carry->flags |= in->flags;
    carry->lost += in->lost_before;
    return;
  }
  out->flags |= carry->flags;
  out->lost_before += carry->lost;
  memcpy(out->events, carry->events, carry->count * sizeof(sb_event));
  out->event_count = carry->count;
  carry->flags = carry->lost = carry->count = 0;
  for (uint32_t i = 0; i < in->event_count; i++) {
    const int64_t behind = (int64_t)in->events[i].frame - first;
    const int64_t frame = behind <= 0 ? 0 : (behind + hop - 1) / hop;
    if (frame >= out->frames) {
      event_carry_hold(carry, &in->events[i]);
    } else if (out->event_count < SB_BLOCK_MAX_EVENTS) {
      out->events[out->event_count] = in->events[i];
      out->events[out->event_count++].frame = (int32_t)frame;
    }
  }
}

#endif
