/* SPDX-License-Identifier: Apache-2.0 */
#include "hosted_instance.h"

#include <sched.h>
#include <stagebox/ext/draft/idle.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "exchange.h"
#include "pack.h"
#include "saved_state.h"
#include "ticks.h"

enum { SPIN_NS = 10000, IDLE_NS = 250000000, SAVE_EVERY_NS = 250000000, SOURCE_NAP_NS = 500000, ROOM_NS = 20000000 };

typedef struct instance {
  sb_channel *channel;
  const sb_stage_class *stage;   /* either */
  const sb_source_class *source; /* or */
  void *self;
  sb_format in, out;
  sb_parcel_layout in_layout, out_layout;
  const sb_ext_state *state; /* NULL: it has none */
  uint32_t state_bytes;
  const sb_ext_idle *idle;   /* NULL: nothing waits */
  sb_ring *requests, *replies;
  sb_state_area *area;
  bool has_quit, has_ended, can_spin;
  bool is_unsaved;           /* it has computed since its state was saved */
  bool has_worked;           /* and since it was idle */
  int64_t saved_ns, idle_ns; /* when it was last */
  uint64_t blocks, frames;   /* that a source has read */
} instance;

static void find_class(instance *it, const sb_classes *classes, bool is_source, const char *type) {
  for (uint32_t i = 0; !is_source && i < classes->stage_count; i++)
    if (strcmp(classes->stages[i]->type, type) == 0) it->stage = classes->stages[i];
  for (uint32_t i = 0; is_source && i < classes->source_count; i++)
    if (strcmp(classes->sources[i]->type, type) == 0) it->source = classes->sources[i];
}

/* NULL if they are not there. The texts lie in the message. */
static sb_value *unpack_values(sb_unpack *unpack, uint32_t count) {
  sb_value *values = calloc((size_t)count + 1, sizeof *values);
  for (uint32_t i = 0; values && i < count; i++) values[i].number = sb_unpack_f64(unpack);
  for (uint32_t i = 0; values && i < count; i++) {
    sb_value *value = &values[i];
    value->rows = sb_unpack_u32(unpack);
    value->columns = sb_unpack_u32(unpack);
    const size_t bytes = sb_unpack_u32(unpack) ? (size_t)value->rows * value->columns * sizeof(double) : 0;
    const void *numbers = sb_unpack_bytes(unpack, bytes);
    double *copy = bytes && numbers ? malloc(bytes) : NULL; /* aligned, as the message is not */
    if (copy) value->numbers = memcpy(copy, numbers, bytes);
    value->texts = (const char *const *)sb_unpack_texts(unpack, value->rows);
  }
  return unpack->failed ? NULL : values;
}

static const void *extension(const instance *it, const char *id) {
  const void *(*find)(const char *) = it->stage ? it->stage->extension : it->source->extension;
  return find ? find(id) : NULL;
}

static sb_status make(instance *it, const sb_classes *classes, const sb_host *host) {
  sb_unpack unpack = {.bytes = it->channel->bytes, .count = it->channel->count};
  const bool is_source = sb_unpack_u32(&unpack);
  const char *type = sb_unpack_text(&unpack, unpack.count);
  if (type) find_class(it, classes, is_source, type);
  if (!it->stage && !it->source)
    return sb_error(SB_NOT_FOUND, "the library has no %s \"%s\" any more", is_source ? "source" : "stage",
                    type ? type : "");
  const uint32_t count = it->stage ? it->stage->param_count : it->source->param_count;
  if (sb_unpack_u32(&unpack) != count)
    return sb_error(SB_INVALID, "%s: the library now tells other parameters than before", type);
  const sb_value *values = unpack_values(&unpack, count);
  if (it->stage) sb_unpack_format(&unpack, &it->in);
  sb_unpack_format(&unpack, &it->out);
  if (!values || unpack.failed)
    return sb_error(SB_NO_MEMORY, "%s: its settings do not fit into the memory it may use", type);
  sb_error(SB_OK, "%s", "");
  sb_status status = it->stage ? it->stage->create(host, values, &it->self)
                               : it->source->create(host, values, &it->self);
  if (status == SB_OK)
    status = it->stage ? it->stage->activate(it->self, host, &it->in, &it->out)
                       : it->source->activate(it->self, host, &it->out);
  if (status != SB_OK && !*sb_last_error()) sb_error(status, "%s could not be made, and does not say why", type);
  return status > 0 ? SB_INVALID : status;
}

static sb_status tell_format(instance *it) {
  it->state = extension(it, SB_EXT_STATE);
  it->state_bytes = sb_saved_state_bytes(it->state, it->self);
  it->idle = extension(it, SB_EXT_IDLE);
  const sb_ext_latency *latency = it->stage ? extension(it, SB_EXT_LATENCY) : NULL;
  sb_pack format = {0};
  sb_pack_f64(&format, latency ? latency->seconds(it->self) : 0);
  sb_pack_u32(&format, it->state_bytes);
  sb_pack_format(&format, &it->out);
  return sb_channel_send_pack(it->channel, SB_MESSAGE_FORMAT, &format);
}

static sb_status attach(instance *it) {
  sb_channel *channel = it->channel;
  if (sb_channel_receive(channel) != SB_OK || channel->kind != SB_MESSAGE_RUN) return SB_END;
  if (it->stage) it->in_layout = sb_parcel_layout_of(&it->in);
  it->out_layout = sb_parcel_layout_of(&it->out);
  sb_unpack sizes = {.bytes = channel->bytes, .count = channel->count};
  it->requests = sb_ring_attach(channel->descriptors[0], sb_unpack_u32(&sizes));
  it->replies = sb_ring_attach(channel->descriptors[1], sb_unpack_u32(&sizes));
  it->area = sb_state_area_attach(channel->descriptors[2], it->state_bytes);
  for (int i = 0; i < SB_CHANNEL_DESCRIPTORS; i++) close(channel->descriptors[i]);
  if (!it->requests || !it->replies || !it->area)
    return sb_error(SB_NO_MEMORY, "its blocks do not fit into the memory it may use: raise memory_mb");
  return sb_channel_send(channel, SB_MESSAGE_RUNNING, NULL, 0, NULL);
}

static void save(instance *it) {
  if (!it->state_bytes) return;
  it->state->save(it->self, sb_state_area_begin(it->area));
  sb_state_area_commit(it->area);
  it->is_unsaved = false;
  it->saved_ns = sb_clock_now_ns();
}

/* What may wait until no block does. */
static void rest(instance *it) {
  const int64_t now = sb_clock_now_ns();
  if (it->is_unsaved && now > it->saved_ns + SAVE_EVERY_NS) save(it);
  if (!it->idle || !it->has_worked || now <= it->idle_ns + SAVE_EVERY_NS) return;
  it->idle->idle(it->self);
  it->has_worked = false;
  it->idle_ns = sb_clock_now_ns();
}

/* Waits for the engine to make room. NULL: it has gone. */
static sb_parcel *reserve(instance *it, size_t bytes) {
  for (;;) {
    sb_parcel *reply = sb_ring_reserve(it->replies, bytes);
    if (reply) return reply;
    sb_ring_wait_room(it->replies, ROOM_NS);
    if (sb_channel_is_closed(it->channel)) return NULL;
  }
}

/* What the instance made of the block, told as it is: the engine judges. Memory of its own it cannot hand out. */
static void put_block(sb_parcel *reply, const sb_block *agreed, sb_block *out) {
  if (out->data != agreed->data || out->events != agreed->events || out->times_ns != agreed->times_ns) out->stride = 0;
  sb_parcel_put_head(reply, out);
}

static void process(instance *it, sb_parcel *request) {
  sb_parcel *reply = reserve(it, it->out_layout.bytes);
  if (!reply) return;
  *reply = *request;
  const sb_block in = sb_parcel_block(&it->in_layout, request);
  sb_block out = sb_parcel_block(&it->out_layout, reply);
  if (in.event_count) memcpy(out.events, in.events, in.event_count * sizeof *in.events);
  const uint32_t shared_frames = in.frames < it->out.max_frames ? in.frames : it->out.max_frames;
  if (in.times_ns && out.times_ns) memcpy(out.times_ns, in.times_ns, shared_frames * sizeof *in.times_ns);
  const sb_block agreed = out;
  sb_parcel_put_fence(&it->out_layout, reply);
  reply->status = it->stage->process(it->self, &in, &out);
  put_block(reply, &agreed, &out);
  sb_ring_commit(it->replies);
  it->is_unsaved = it->has_worked = true;
}

/* A source's replies are its blocks, and nothing else. */
static void answer(instance *it, const sb_parcel *request, sb_status status) {
  sb_parcel *reply = it->stage ? reserve(it, sizeof *reply) : NULL;
  if (!reply) return;
  *reply = *request;
  reply->status = status;
  sb_ring_commit(it->replies);
}

static void set(instance *it, const sb_parcel *request) {
  const sb_value value = {.number = request->number};
  void (*function)(void *, uint32_t, const sb_value *) = it->stage ? it->stage->set : it->source->set;
  if (function) function(it->self, request->param, &value);
}

static sb_status load(instance *it, uint32_t count) {
  if (!it->state || !it->state->load || count > it->state_bytes) return SB_INVALID;
  it->is_unsaved = true;
  return it->state->load(it->self, sb_state_area_given(it->area), count);
}

/* Whether there was one. */
static bool serve_request(instance *it) {
  sb_parcel *request = sb_ring_peek(it->requests);
  if (!request) return false;
  switch (request->kind) {
    case SB_PARCEL_PROCESS: process(it, request); break;
    case SB_PARCEL_SET: set(it, request); break;
    case SB_PARCEL_SAVE: save(it), answer(it, request, SB_OK); break;
    case SB_PARCEL_LOAD: answer(it, request, load(it, request->count)); break;
    default: it->has_quit = true;
  }
  sb_ring_release(it->requests);
  return true;
}

/* Another request is often close behind. */
static void spin(instance *it) {
  const int64_t until = sb_clock_now_ns() + SPIN_NS;
  while (it->can_spin && sb_ring_is_empty(it->requests) && sb_clock_now_ns() < until) {
  }
}

static void run_stage(instance *it) {
  while (!it->has_quit) {
    if (serve_request(it)) continue;
    rest(it);
    spin(it);
    sb_ring_wait_record(it->requests, IDLE_NS, 0);
    if (sb_ring_is_empty(it->requests) && sb_channel_is_closed(it->channel)) return;
  }
}

/* Reads a block into the replies, if there is room and one is to be had; otherwise naps. */
static void read_block(instance *it) {
  sb_parcel *reply = sb_ring_reserve(it->replies, it->out_layout.bytes);
  if (!reply) {
    sb_ring_wait_room(it->replies, ROOM_NS);
    return;
  }
  *reply = (sb_parcel){.kind = SB_PARCEL_PROCESS,
                       .ticket = it->blocks + 1,
                       .sequence = it->blocks,
                       .first_frame = it->frames,
                       .frames = it->out.max_frames};
  sb_block out = sb_parcel_block(&it->out_layout, reply);
  const sb_block agreed = out;
  sb_parcel_put_fence(&it->out_layout, reply);
  reply->status = it->source->read(it->self, &out);
  if (reply->status == SB_AGAIN || (reply->status == SB_OK && out.frames == 0)) {
    rest(it);
    sb_ring_wait_record(it->requests, SOURCE_NAP_NS, 0);
    return;
  }
  put_block(reply, &agreed, &out);
  sb_ring_commit(it->replies);
  it->is_unsaved = it->has_worked = true;
  it->has_ended = reply->status != SB_OK;
  it->blocks++;
  it->frames += out.frames + out.lost_before;
  rest(it);
}

static void run_source(instance *it) {
  for (uint32_t rounds = 0; !it->has_quit; rounds++) {
    while (serve_request(it)) {
    }
    if (it->has_ended)
      sb_ring_wait_record(it->requests, IDLE_NS, 0);
    else
      read_block(it);
    if (rounds % 32 == 0 && sb_channel_is_closed(it->channel)) return;
  }
}

/* On a single core, who spins keeps the one it waits for from running. */
static bool has_cores(void) {
  cpu_set_t cores;
  return sched_getaffinity(0, sizeof cores, &cores) == 0 && CPU_COUNT(&cores) > 1;
}

sb_status sb_hosted_instance_serve(sb_channel *channel, const sb_classes *classes, const sb_host *host) {
  static instance only;
  instance *it = &only;
  it->channel = channel;
  it->can_spin = has_cores();
  sb_status status = make(it, classes, host);
  if (status == SB_OK) status = tell_format(it);
  if (status == SB_OK) status = attach(it);
  if (status != SB_OK) return status;
  if (it->stage)
    run_stage(it);
  else
    run_source(it);
  void (*deactivate)(void *) = it->stage ? it->stage->deactivate : it->source->deactivate;
  void (*destroy)(void *) = it->stage ? it->stage->destroy : it->source->destroy;
  if (deactivate) deactivate(it->self);
  if (destroy) destroy(it->self);
  return SB_OK;
}
