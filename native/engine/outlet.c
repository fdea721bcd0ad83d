/* SPDX-License-Identifier: Apache-2.0 */
#include "outlet.h"

#include <stddef.h>

_Static_assert(sizeof(sb_packet) == 104 && offsetof(sb_packet, block_sequence) == 96,
               "packet.h documents these offsets");
_Static_assert(sizeof(sb_event) == 64, "packet.h documents this size");

enum { WAIT_NS = 50000000 };

static size_t align64(size_t bytes) { return (bytes + 63) & ~(size_t)63; }

static size_t data_offset(uint32_t events, uint32_t times) {
  return align64(sizeof(sb_packet) + events * sizeof(sb_event) + times * sizeof(int64_t));
}

size_t sb_outlet_packet_bytes(const sb_format *format, bool compact) {
  const size_t width = (size_t)format->channels * format->values;
  const size_t stride = compact ? width : sb_stride(format->channels, format->values);
  return data_offset(SB_BLOCK_MAX_EVENTS, format->rate_hz == 0 ? format->max_frames : 0) +
         format->max_frames * stride * sizeof(float);
}

static void copy_rows(float *to, size_t to_stride, const sb_block *block) {
  if (to_stride == block->stride) {
    memcpy(to, block->data, sizeof(float) * to_stride * block->frames);
    return;
  }
  for (uint32_t frame = 0; frame < block->frames; frame++)
    memcpy(to + frame * to_stride, block->data + (size_t)frame * block->stride, sizeof(float) * to_stride);
}

void sb_outlet_write(sb_outlet *outlet, const sb_block *block, uint32_t port, int64_t ready_ns, bool lossless,
                     const _Atomic bool *quit) {
  const size_t stride = outlet->compact ? (size_t)block->channels * block->values : block->stride;
  const uint32_t times = block->times_ns ? block->frames : 0;
  const size_t data_at = data_offset(block->event_count, times);
  const size_t bytes = data_at + sizeof(float) * stride * block->frames;

  sb_packet *packet = sb_ring_reserve(outlet->ring, bytes);
  while (!packet && lossless && !atomic_load_explicit(quit, memory_order_relaxed)) {
    if (outlet->activity) sb_bell_ring(outlet->activity);
    sb_ring_wait_room(outlet->ring, WAIT_NS);
    packet = sb_ring_reserve(outlet->ring, bytes);
  }
  const uint64_t sequence = outlet->sequence++;
  if (!packet) {
    outlet->unreported += block->frames + block->lost_before;
    atomic_fetch_add_explicit(&outlet->lost, block->frames, memory_order_relaxed);
    return;
  }
  *packet = (sb_packet){
      .magic = SB_PACKET_MAGIC,
      .bytes = (uint32_t)bytes,
      .port = port,
      .flags = block->flags | (outlet->unreported ? SB_BLOCK_GAP : 0u),
      .sequence = sequence,
      .first_frame = block->first_frame,
      .time_ns = block->time_ns,
      .ready_ns = ready_ns,
      .rate_hz = block->rate_hz,
      .frames = block->frames,
      .channels = block->channels,
      .values = block->values,
      .stride = (uint32_t)stride,
      .lost_before = block->lost_before + outlet->unreported,
      .event_count = block->event_count,
      .events_offset = sizeof(sb_packet),
      .times_offset = times ? (uint32_t)(sizeof(sb_packet) + block->event_count * sizeof(sb_event)) : 0,
      .data_offset = (uint32_t)data_at,
      .block_sequence = block->sequence,
  };
  uint8_t *at = (uint8_t *)packet;
  memcpy(at + packet->events_offset, block->events, block->event_count * sizeof(sb_event));
  if (times) memcpy(at + packet->times_offset, block->times_ns, times * sizeof(int64_t));
  copy_rows((float *)(void *)(at + data_at), stride, block);
  outlet->unreported = 0;
  /* Who reads on until nothing is left needs to be told of the first packet only. */
  const bool was_empty = sb_ring_is_empty(outlet->ring);
  sb_ring_commit(outlet->ring);
  if (outlet->activity && was_empty) sb_bell_ring(outlet->activity);
}

void sb_packet_view(sb_packet *packet, sb_block *out) {
  uint8_t *at = (uint8_t *)packet;
  *out = (sb_block){
      .size = sizeof(sb_block),
      .flags = packet->flags,
      .sequence = packet->block_sequence,
      .first_frame = packet->first_frame,
      .time_ns = packet->time_ns,
      .rate_hz = packet->rate_hz,
      .frames = packet->frames,
      .channels = packet->channels,
      .values = packet->values,
      .stride = packet->stride,
      .lost_before = packet->lost_before,
      .event_count = packet->event_count,
      .data = (float *)(void *)(at + packet->data_offset),
      .times_ns = packet->times_offset ? (int64_t *)(void *)(at + packet->times_offset) : NULL,
      .events = (sb_event *)(void *)(at + packet->events_offset),
  };
}
