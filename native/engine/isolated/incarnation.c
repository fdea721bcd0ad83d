/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge.h"
#include "class_check.h"
#include "error.h"
#include "ticks.h"

enum { MAX_NAME = 800 }; /* 200 characters, as in recordings */
/* The box has it in memory as well, and how much a plugin may use is the word of its own manifest. */
static const double MOST_SHARED_BYTES = 1 << 27;

static const char *type_of(const sb_bridge *bridge) { return sb_foreign_type(&bridge->common); }

sb_incarnation *sb_incarnation_create(sb_bridge *bridge) {
  sb_incarnation *incarnation = calloc(1, sizeof *incarnation);
  if (!incarnation) return sb_error(SB_NO_MEMORY, "out of memory"), NULL;
  incarnation->in_layout = bridge->in_layout;
  incarnation->started_ns = sb_clock_now_ns();
  incarnation->process = sb_hosting_spawn(bridge->common.library->hosting);
  if (incarnation->process) return incarnation;
  free(incarnation);
  return NULL;
}

/* The numbers of live parameters stand in the message as they are by now. */
static sb_status send_create(sb_bridge *bridge, sb_incarnation *incarnation) {
  const uint32_t count = sb_foreign_param_count(&bridge->common);
  for (uint32_t i = 0; i < count; i++) {
    const double number = atomic_load_explicit(&bridge->numbers[i], memory_order_relaxed);
    memcpy(bridge->create + bridge->numbers_at + i * sizeof number, &number, sizeof number);
  }
  incarnation->step = SB_INCARNATION_ACTIVATES;
  return sb_channel_send(&incarnation->process->channel, SB_MESSAGE_CREATE, bridge->create, bridge->create_bytes, NULL);
}

static bool are_names(const char *const *names, uint32_t count) {
  for (uint32_t i = 0; names && i < count; i++)
    if (!sb_is_text(names[i], MAX_NAME)) return false;
  return true;
}

static sb_status take_format(sb_incarnation *incarnation) {
  sb_channel *channel = &incarnation->process->channel;
  incarnation->format_bytes = channel->bytes;
  channel->bytes = NULL;
  sb_unpack unpack = {.bytes = incarnation->format_bytes, .count = channel->count};
  incarnation->latency_s = sb_unpack_f64(&unpack);
  incarnation->state_bytes = sb_unpack_u32(&unpack);
  sb_unpack_format(&unpack, &incarnation->out);
  if (unpack.failed || unpack.at != unpack.count || incarnation->state_bytes > SB_STATE_MAX_BYTES)
    return sb_error(SB_INVALID, "what it says of its output cannot be read");
  if (!sb_format_is_possible(&incarnation->out))
    return sb_error(SB_INVALID, "an output of %u channels x %u values x %u frames at %g Hz is not possible",
                    incarnation->out.channels, incarnation->out.values, incarnation->out.max_frames,
                    incarnation->out.rate_hz);
  const sb_format *out = &incarnation->out;
  if ((out->unit && !sb_is_text(out->unit, MAX_NAME)) || !are_names(out->channel_names, out->channels) ||
      !are_names(out->value_names, out->values))
    return sb_error(SB_INVALID,
                    "its output's unit, or a name of a channel or value, is not UTF-8 text of at most %d bytes",
                    MAX_NAME);
  return SB_OK;
}

static bool is_too_large(const sb_incarnation *incarnation, size_t requests, size_t replies) {
  return (double)(requests + replies) + 3.0 * incarnation->state_bytes > MOST_SHARED_BYTES;
}

/* The process maps a ring twice, and its state's place is three: what cannot fit there takes no memory here either. */
static bool fits(const sb_incarnation *incarnation, size_t requests, size_t replies) {
  const uint32_t memory_mb = incarnation->process->limits.memory_mb;
  return !memory_mb || 2.0 * (double)(requests + replies) + 3.0 * incarnation->state_bytes <= memory_mb * 1048576.0;
}

/* Two rings and a place for the state, made here and passed on. */
static sb_status send_memory(sb_bridge *bridge, sb_incarnation *incarnation) {
  incarnation->out_layout = sb_parcel_layout_of(&incarnation->out);
  const bool is_source = bridge->common.source;
  const size_t requests = is_source ? 0 : sb_exchange_ring_bytes(&incarnation->in_layout, false);
  const size_t replies = sb_exchange_ring_bytes(&incarnation->out_layout, is_source);
  const uint32_t sizes[] = {(uint32_t)(requests + SB_EXCHANGE_CONTROL_BYTES), (uint32_t)replies};
  int descriptors[SB_CHANNEL_DESCRIPTORS] = {-1, -1, -1};
  if (is_too_large(incarnation, requests, replies))
    return sb_error(SB_NO_MEMORY, "%s: its blocks and its state take more than %.0f MB: put out fewer frames at once",
                    type_of(bridge), MOST_SHARED_BYTES / 1048576);
  if (!fits(incarnation, requests, replies))
    return sb_error(SB_NO_MEMORY, "%s: its blocks do not fit into the memory it may use: raise memory_mb",
                    type_of(bridge));
  incarnation->requests = sb_ring_create_shared(sizes[0], &descriptors[0]);
  incarnation->replies = sb_ring_create_shared(sizes[1], &descriptors[1]);
  incarnation->area = sb_state_area_create(incarnation->state_bytes, &descriptors[2]);
  sb_status status = sb_error(SB_NO_MEMORY, "no memory for the blocks of %s", type_of(bridge));
  if (incarnation->requests && incarnation->replies && incarnation->area && requests <= UINT32_MAX / 2 &&
      replies <= UINT32_MAX / 2) {
    sb_ring_populate(incarnation->requests, SIZE_MAX);
    sb_ring_populate(incarnation->replies, SIZE_MAX);
    status = sb_channel_send(&incarnation->process->channel, SB_MESSAGE_RUN, sizes, sizeof sizes, descriptors);
  }
  if (incarnation->requests) close(descriptors[0]);
  if (incarnation->replies) close(descriptors[1]);
  if (incarnation->area) close(descriptors[2]);
  incarnation->step = SB_INCARNATION_ATTACHES;
  return status;
}

/* What follows from a message that was received. */
static sb_status follow(sb_bridge *bridge, sb_incarnation *incarnation) {
  const sb_channel *channel = &incarnation->process->channel;
  switch (incarnation->step) {
    case SB_INCARNATION_REGISTERS:
      if (channel->kind != SB_MESSAGE_CLASSES) return sb_channel_failure(channel);
      return send_create(bridge, incarnation);
    case SB_INCARNATION_ACTIVATES:
      if (channel->kind != SB_MESSAGE_FORMAT) return sb_channel_failure(channel);
      if (take_format(incarnation) != SB_OK) return SB_INVALID;
      return send_memory(bridge, incarnation);
    case SB_INCARNATION_ATTACHES:
      if (channel->kind != SB_MESSAGE_RUNNING) return sb_channel_failure(channel);
      incarnation->step = SB_INCARNATION_RUNS;
      return SB_OK;
    default: return SB_OK;
  }
}

static sb_status wait_on(const sb_bridge *bridge, sb_incarnation *incarnation) {
  static const char *const doing[] = {"register its classes", "make its instance", "look at its rings"};
  if (!sb_process_tend(incarnation->process))
    return sb_error(SB_CRASHED, "%s: %s", type_of(bridge), incarnation->process->words);
  const int64_t patience_ns = sb_hosting_patience_ns(bridge->common.library->hosting);
  if (sb_clock_now_ns() < incarnation->started_ns + patience_ns) return SB_AGAIN;
  return sb_error(SB_LATE, "%s: did not %s within %d s", type_of(bridge), doing[incarnation->step],
                  (int)(patience_ns / 1000000000));
}

sb_status sb_incarnation_advance(sb_bridge *bridge, sb_incarnation *incarnation) {
  sb_status status = SB_OK;
  while (status == SB_OK && incarnation->step < SB_INCARNATION_RUNS) {
    status = sb_channel_receive(&incarnation->process->channel);
    if (status == SB_OK) status = follow(bridge, incarnation);
    else if (status == SB_AGAIN) status = wait_on(bridge, incarnation);
  }
  if (status == SB_OK || status == SB_AGAIN) return status;
  incarnation->step = SB_INCARNATION_IS_GONE;
  sb_process_kill(incarnation->process, NULL);
  return status == SB_END ? sb_error(SB_CRASHED, "%s: %s", type_of(bridge), incarnation->process->words) : status;
}

bool sb_incarnation_post(sb_incarnation *incarnation, sb_parcel parcel) {
  sb_parcel *request = sb_ring_reserve(incarnation->requests, sizeof *request);
  if (!request) return false;
  if (parcel.kind == SB_PARCEL_SAVE || parcel.kind == SB_PARCEL_LOAD) parcel.ticket = ++incarnation->sent;
  *request = parcel;
  sb_ring_commit(incarnation->requests);
  return true;
}

void sb_incarnation_destroy(sb_incarnation *incarnation) {
  if (!incarnation) return;
  const bool is_well = incarnation->step == SB_INCARNATION_RUNS && !atomic_load(&incarnation->is_gone);
  sb_process_destroy(incarnation->process,
                     is_well && sb_incarnation_post(incarnation, (sb_parcel){.kind = SB_PARCEL_QUIT}));
  sb_ring_destroy(incarnation->requests);
  sb_ring_destroy(incarnation->replies);
  sb_state_area_destroy(incarnation->area);
  sb_format_free(&incarnation->out);
  free(incarnation->format_bytes), free(incarnation);
}
