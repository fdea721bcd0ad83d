/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format_limits.h"

enum { RECORD_HEAD = 64, LARGE_BYTES = 1 << 15 };

static const uint64_t FENCE = 0x5afeb10c5afeb10cu;

static size_t align64(size_t bytes) { return (bytes + 63) & ~(size_t)63; }

bool sb_format_is_possible(const sb_format *format) {
  return sb_format_has_possible_shape(format) && sb_format_has_possible_rate(format) && isfinite(format->bin_hz) &&
         format->port <= SB_PORT_FEATURES;
}

sb_parcel_layout sb_parcel_layout_of(const sb_format *format) {
  sb_parcel_layout layout = {
      .max_frames = format->max_frames,
      .channels = format->channels,
      .values = format->values,
      .stride = sb_stride(format->channels, format->values),
      .rate_hz = format->rate_hz,
  };
  layout.fence_offset = sizeof(sb_parcel) + sizeof(float) * layout.stride * layout.max_frames;
  layout.times_offset = align64(layout.fence_offset + sizeof FENCE);
  layout.events_offset = layout.times_offset + (layout.rate_hz == 0 ? align64(sizeof(int64_t) * layout.max_frames) : 0);
  layout.bytes = layout.events_offset + sizeof(sb_event) * SB_BLOCK_MAX_EVENTS;
  return layout;
}

size_t sb_exchange_ring_bytes(const sb_parcel_layout *layout, bool is_source) {
  /* Both sides have it in memory: few large ones. A source is ahead of its parameters by what its ring holds. */
  const size_t parcels = is_source ? 2 : layout->bytes > LARGE_BYTES ? 4 : 8;
  return parcels * (align64(layout->bytes) + RECORD_HEAD);
}

sb_block sb_parcel_block(const sb_parcel_layout *layout, sb_parcel *parcel) {
  uint8_t *at = (uint8_t *)parcel;
  return (sb_block){
      .size = sizeof(sb_block),
      .flags = parcel->flags,
      .sequence = parcel->sequence,
      .first_frame = parcel->first_frame,
      .time_ns = parcel->time_ns,
      .frames = parcel->frames,
      .lost_before = parcel->lost_before,
      .event_count = parcel->event_count,
      .rate_hz = layout->rate_hz,
      .channels = layout->channels,
      .values = layout->values,
      .stride = layout->stride,
      .data = (float *)(void *)(at + sizeof *parcel),
      .times_ns = layout->rate_hz == 0 ? (int64_t *)(void *)(at + layout->times_offset) : NULL,
      .events = (sb_event *)(void *)(at + layout->events_offset),
  };
}

void sb_parcel_put_head(sb_parcel *parcel, const sb_block *block) {
  parcel->sequence = block->sequence;
  parcel->first_frame = block->first_frame;
  parcel->time_ns = block->time_ns;
  parcel->flags = block->flags;
  parcel->frames = block->frames;
  parcel->lost_before = block->lost_before;
  parcel->event_count = block->event_count;
  parcel->channels = block->channels;
  parcel->values = block->values;
  parcel->stride = block->stride;
}

void sb_parcel_put_fence(const sb_parcel_layout *layout, sb_parcel *parcel) {
  memcpy((uint8_t *)parcel + layout->fence_offset, &FENCE, sizeof FENCE);
}

void sb_parcel_write(const sb_parcel_layout *layout, sb_parcel *parcel, const sb_block *block) {
  sb_parcel_put_head(parcel, block);
  const sb_block to = sb_parcel_block(layout, parcel);
  memcpy(to.data, block->data, sizeof(float) * layout->stride * block->frames);
  if (to.times_ns && block->times_ns) memcpy(to.times_ns, block->times_ns, sizeof *to.times_ns * block->frames);
  if (block->event_count) memcpy(to.events, block->events, sizeof *to.events * block->event_count);
}

/* The lanes behind a row's last value are the other side's too: they hold zeros here, whatever they hold there. */
static void copy_rows(const sb_parcel_layout *layout, float *to, const float *from, uint32_t frames) {
  const uint32_t width = layout->channels * layout->values, stride = layout->stride;
  memcpy(to, from, sizeof *to * stride * frames);
  for (uint32_t frame = 0; width < stride && frame < frames; frame++)
    memset(to + (size_t)frame * stride + width, 0, sizeof *to * (stride - width));
}

bool sb_parcel_is_sound(const sb_parcel_layout *layout, const sb_parcel *head, const sb_parcel *parcel) {
  return head->frames <= layout->max_frames && head->event_count <= SB_BLOCK_MAX_EVENTS &&
         head->channels == layout->channels && head->values == layout->values && head->stride == layout->stride &&
         memcmp((const uint8_t *)parcel + layout->fence_offset, &FENCE, sizeof FENCE) == 0;
}

bool sb_parcel_read(const sb_parcel_layout *layout, const sb_parcel *head, const sb_parcel *parcel, sb_block *out) {
  if (!sb_parcel_is_sound(layout, head, parcel)) return false;
  const uint8_t *at = (const uint8_t *)parcel;
  out->flags = head->flags & SB_PARCEL_FLAGS;
  out->time_ns = head->time_ns;
  out->frames = head->frames;
  out->lost_before = head->lost_before;
  out->event_count = head->event_count;
  copy_rows(layout, out->data, (const float *)(const void *)(at + sizeof *parcel), head->frames);
  if (out->times_ns && layout->rate_hz == 0)
    memcpy(out->times_ns, at + layout->times_offset, sizeof *out->times_ns * head->frames);
  if (head->event_count) memcpy(out->events, at + layout->events_offset, sizeof *out->events * head->event_count);
  return true;
}

/* ---- the state ---- */

typedef struct state_head {
  _Alignas(64) _Atomic uint64_t number; /* the greater one is the latest; 0: there is none, or it is being written */
} state_head;

struct sb_state_area {
  uint8_t *memory; /* two places, each behind a head, and the place of what is given */
  uint32_t bytes;
  size_t place, whole;
  uint64_t number; /* of what was saved last; the process's */
};

static state_head *head_at(const sb_state_area *area, uint64_t number) {
  return (state_head *)(void *)(area->memory + (number & 1) * area->place);
}

static sb_state_area *map_area(int descriptor, uint32_t bytes) {
  sb_state_area *area = calloc(1, sizeof *area);
  if (!area) return NULL;
  area->bytes = bytes;
  area->place = sizeof(state_head) + align64(bytes);
  area->whole = 3 * area->place;
  void *memory = mmap(NULL, area->whole, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory != MAP_FAILED) area->memory = memory;
  if (area->memory) return area;
  free(area);
  return NULL;
}

sb_state_area *sb_state_area_create(uint32_t bytes, int *descriptor) {
  *descriptor = memfd_create("stagebox-state", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  sb_state_area *area = NULL;
  if (*descriptor >= 0 && ftruncate(*descriptor, (off_t)(3 * (sizeof(state_head) + align64(bytes)))) == 0 &&
      fcntl(*descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
    area = map_area(*descriptor, bytes);
  if (!area && *descriptor >= 0) close(*descriptor);
  return area;
}

sb_state_area *sb_state_area_attach(int descriptor, uint32_t bytes) { return map_area(descriptor, bytes); }

void sb_state_area_destroy(sb_state_area *area) {
  if (!area) return;
  munmap(area->memory, area->whole);
  free(area);
}

void *sb_state_area_begin(sb_state_area *area) {
  state_head *head = head_at(area, area->number + 1);
  atomic_store(&head->number, 0);
  return head + 1;
}

void sb_state_area_commit(sb_state_area *area) {
  area->number++;
  atomic_store(&head_at(area, area->number)->number, area->number);
}

uint32_t sb_state_area_latest(const sb_state_area *area, void *out) {
  if (area->bytes == 0) return 0;
  state_head *even = head_at(area, 0), *odd = head_at(area, 1);
  state_head *latest = atomic_load(&even->number) > atomic_load(&odd->number) ? even : odd;
  const uint64_t number = atomic_load(&latest->number);
  if (number == 0) return 0;
  memcpy(out, latest + 1, area->bytes);
  atomic_thread_fence(memory_order_acquire);
  return atomic_load(&latest->number) == number ? area->bytes : 0;
}

void *sb_state_area_given(sb_state_area *area) { return area->memory + 2 * area->place; }
