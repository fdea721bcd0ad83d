/* SPDX-License-Identifier: Apache-2.0 */
#include "event_hold.h"

void sb_event_hold_take(sb_event_hold *hold, const sb_block *in, sb_block *out) {
  const uint32_t room = 2 * SB_BLOCK_MAX_EVENTS - hold->count;
  const uint32_t taken = in->event_count < room ? in->event_count : room;
  if (taken) memcpy(&hold->events[hold->count], in->events, taken * sizeof(sb_event));
  hold->count += taken;
  out->event_count = 0;
}

void sb_event_hold_release(sb_event_hold *hold, int64_t input_frame, sb_block *out, uint32_t output_frame) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < hold->count; i++) {
    const sb_event *event = &hold->events[i];
    if (event->frame > input_frame || !sb_block_add_event(out, (int32_t)output_frame, event->duration_s, event->label))
      hold->events[kept++] = *event;
  }
  hold->count = kept;
}

void sb_event_hold_advance(sb_event_hold *hold, uint32_t frames) {
  for (uint32_t i = 0; i < hold->count; i++) {
    const int64_t frame = (int64_t)hold->events[i].frame - frames;
    hold->events[i].frame = frame < INT32_MIN ? INT32_MIN : (int32_t)frame;
  }
}
