/* SPDX-License-Identifier: Apache-2.0
 *
 * The real-time side of a bridge. It writes a request, waits for the reply that carries its ticket, and never waits
 * beyond the deadline; while a plugin is behind and deadlines are short it does not wait at all, so that one late
 * packet does not make its whole group late. All that comes out of the replies may be anything.
 */
#include <sched.h>
#include <string.h>

#include "bridge.h"
#include "ticks.h"

enum { SPIN_NS = 20000, REALTIME_SPIN_NS = 60000, NAP_NS = 5000000, SAVE_NS = 20000000, SOURCE_WAIT_NS = 2000000 };
enum { YIELD_NS = 1000000000, NO_TICKET = 0 };
enum { PATIENT_NS = 1000000000 }; /* no live block leaves that much time */

/* Spinning would keep the plugin from the only core. */
static bool has_cores(void) {
  static _Atomic int cores;
  if (atomic_load_explicit(&cores, memory_order_relaxed) == 0) {
    cpu_set_t set;
    atomic_store(&cores, sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1);
  }
  return atomic_load_explicit(&cores, memory_order_relaxed) > 1;
}

static void lose(sb_incarnation *it) { atomic_store(&it->is_gone, true); }

/* Nobody computes, or a successor takes over at this moment. */
static sb_incarnation *begin(sb_bridge *bridge) {
  if (pthread_mutex_trylock(&bridge->turn) != 0) return NULL;
  sb_incarnation *it = bridge->now;
  if (it && !atomic_load_explicit(&it->is_gone, memory_order_relaxed)) return it;
  pthread_mutex_unlock(&bridge->turn);
  return NULL;
}

static void end(sb_bridge *bridge) { pthread_mutex_unlock(&bridge->turn); }

/* The engine's own priority is known only here, once the plugin is called; watch passes it on. */
static void tell_priority(sb_incarnation *it) {
  struct sched_param param;
  if (atomic_load_explicit(&it->called_ns, memory_order_relaxed) != 0) return;
  const bool is_realtime = sched_getscheduler(0) == SCHED_FIFO && sched_getparam(0, &param) == 0;
  atomic_store(&it->priority, is_realtime ? param.sched_priority : 0);
  it->is_realtime = is_realtime;
}

static void note_call(sb_incarnation *it, int64_t now) {
  tell_priority(it);
  atomic_store_explicit(&it->called_ns, now, memory_order_relaxed);
}

static void note_sent(sb_incarnation *it, int64_t now) {
  if (atomic_load_explicit(&it->unanswered_since_ns, memory_order_relaxed) == 0)
    atomic_store_explicit(&it->unanswered_since_ns, now, memory_order_relaxed);
}

static void note_answered(sb_incarnation *it) {
  const int64_t since = it->answered == it->sent ? 0 : sb_clock_now_ns();
  atomic_store_explicit(&it->unanswered_since_ns, since, memory_order_relaxed);
}

/* ---- requests ---- */

static void tell_changes(sb_bridge *bridge, sb_incarnation *it) {
  uint64_t changed = atomic_load_explicit(&bridge->changed, memory_order_relaxed);
  for (uint64_t left = changed; left; left &= left - 1) {
    const uint32_t param = (uint32_t)__builtin_ctzll(left);
    const double number = atomic_load_explicit(&bridge->numbers[param], memory_order_relaxed);
    if (!sb_incarnation_post(it, (sb_parcel){.kind = SB_PARCEL_SET, .param = param, .number = number})) return;
    atomic_fetch_and_explicit(&bridge->changed, ~(1ull << param), memory_order_relaxed);
  }
}

/* What the plugin was not told stands as a gap before what it is told next. */
static bool post_block(sb_bridge *bridge, sb_incarnation *it, const sb_block *in) {
  tell_changes(bridge, it);
  sb_parcel *request = sb_ring_reserve(it->requests, it->in_layout.bytes);
  if (!request || in->frames > it->in_layout.max_frames) {
    bridge->missed += in->frames;
    return false;
  }
  sb_parcel_write(&it->in_layout, request, in);
  request->kind = SB_PARCEL_PROCESS;
  request->ticket = ++it->sent;
  it->told_missed = bridge->missed;
  bridge->missed = 0;
  if (it->told_missed) {
    request->flags |= SB_BLOCK_GAP;
    request->lost_before += it->told_missed;
  }
  it->slept = sb_ring_reader_sleeps(it->requests);
  sb_ring_commit(it->requests);
  note_sent(it, sb_clock_now_ns());
  return true;
}

/* ---- replies ---- */

/* The head of the next reply, its record still in the ring; NULL if there is none, or it cannot be one. */
static const sb_parcel *next_reply(sb_incarnation *it, size_t least, sb_parcel *head) {
  const sb_parcel *reply = sb_ring_peek(it->replies);
  if (reply && sb_ring_peeked_bytes(it->replies) >= sizeof *head) {
    *head = sb_parcel_head(reply);
    if (sb_ring_peeked_bytes(it->replies) >= (head->kind == SB_PARCEL_PROCESS ? least : sizeof *head)) return reply;
  }
  if (reply || sb_ring_is_broken(it->replies)) lose(it);
  return NULL;
}

/* Passes over answers that came too late, up to the one with that ticket, which stays in the ring. */
static const sb_parcel *find_reply(sb_incarnation *it, uint64_t ticket, sb_parcel *head) {
  for (const sb_parcel *reply; (reply = next_reply(it, it->out_layout.bytes, head));) {
    if (head->ticket <= it->answered || head->ticket > it->sent) {
      lose(it);
      return NULL;
    }
    it->answered = head->ticket;
    note_answered(it);
    if (head->ticket == ticket) return reply;
    sb_ring_release(it->replies);
  }
  return NULL;
}

/* Who slept when it was asked is best awaited asleep: then it can have this core, too. Not so a plugin of real-time
 * priority, to which the kernel has given another core already: waking up here would take as long as it does there. */
static int64_t spin_ns(const sb_incarnation *it) {
  if (!has_cores()) return 0;
  return it->is_realtime ? REALTIME_SPIN_NS : it->slept ? 0 : SPIN_NS;
}

static const sb_parcel *wait_reply(sb_incarnation *it, uint64_t ticket, sb_parcel *head, int64_t deadline_ns) {
  const int64_t spin_until = sb_clock_now_ns() + spin_ns(it);
  for (;;) {
    const sb_parcel *reply = find_reply(it, ticket, head);
    if (reply || atomic_load_explicit(&it->is_gone, memory_order_relaxed)) return reply;
    const int64_t now = sb_clock_now_ns(), left = deadline_ns - now;
    if (left <= 0) return NULL;
    if (now < spin_until) continue;
    sb_ring_wait_record(it->replies, left < NAP_NS ? left : NAP_NS, 0);
    if (sb_ring_is_empty(it->replies) && !sb_process_is_alive(it->process)) lose(it);
  }
}

/* What the plugin missed is a gap to it alone: the late policy has filled it for everybody behind. */
static void close_gap(const sb_incarnation *it, const sb_block *in, sb_block *out) {
  if (!it->told_missed) return;
  out->lost_before -= out->lost_before < it->told_missed ? out->lost_before : it->told_missed;
  if (!out->lost_before && !(in->flags & SB_BLOCK_GAP)) out->flags &= ~(uint32_t)SB_BLOCK_GAP;
}

sb_status sb_bridge_process(sb_foreign *foreign, const sb_block *in, sb_block *out, int64_t deadline_ns) {
  sb_bridge *bridge = (sb_bridge *)foreign;
  sb_incarnation *it = begin(bridge);
  if (!it) {
    bridge->missed += in->frames;
    return SB_CRASHED;
  }
  const int64_t now = sb_clock_now_ns();
  note_call(it, now);
  sb_parcel head;
  find_reply(it, NO_TICKET, &head);
  const bool is_behind = it->answered != it->sent && deadline_ns - now < PATIENT_NS;
  if (is_behind && !sb_process_is_alive(it->process)) lose(it);
  const sb_parcel *reply = NULL;
  if (post_block(bridge, it, in))
    reply = is_behind ? find_reply(it, it->sent, &head) : wait_reply(it, it->sent, &head, deadline_ns);
  sb_status status = atomic_load(&it->is_gone) ? SB_CRASHED : SB_LATE;
  if (reply) {
    status = head.status;
    atomic_store_explicit(&it->has_answered, true, memory_order_relaxed);
    if (status == SB_OK && !sb_parcel_read(&it->out_layout, &head, reply, out))
      out->frames = UINT32_MAX; /* a bad block */
    close_gap(it, in, out);
    sb_ring_release(it->replies);
  }
  if (status == SB_LATE && it->is_realtime) sb_process_yield(it->process, YIELD_NS);
  end(bridge);
  return status;
}

void sb_bridge_set(sb_foreign *foreign, uint32_t param, const sb_value *value) {
  sb_bridge *bridge = (sb_bridge *)foreign;
  if (param >= SB_NODE_MAX_PARAMS) return;
  atomic_store_explicit(&bridge->numbers[param], value->number, memory_order_relaxed);
  atomic_fetch_or_explicit(&bridge->changed, 1ull << param, memory_order_relaxed);
}

/* ---- sources ---- */

/* Hands on as much of the source's oldest block as was asked for: the last one asked for may be short. */
static sb_status take_frames(sb_incarnation *it, const sb_parcel *head, const sb_parcel *reply, sb_block *out) {
  const uint32_t done = it->frames_taken, asked = out->frames;
  if (!sb_parcel_is_sound(&it->out_layout, head, reply) || done >= head->frames) return SB_INVALID;
  const uint32_t count = head->frames - done < asked ? head->frames - done : asked;
  const sb_block from = sb_parcel_block(&it->out_layout, (sb_parcel *)reply);
  const uint32_t width = out->channels * out->values;
  for (uint32_t frame = 0; frame < count; frame++)
    memcpy(out->data + (size_t)frame * out->stride, from.data + (size_t)(done + frame) * out->stride,
           sizeof(float) * width);
  out->event_count = 0;
  for (uint32_t i = 0; i < head->event_count; i++) {
    const sb_event event = from.events[i];
    const int64_t frame = (int64_t)event.frame - done;
    if (frame >= count || (done > 0 && frame < 0)) continue;
    out->events[out->event_count] = event;
    out->events[out->event_count++].frame = (int32_t)frame;
  }
  out->frames = count;
  out->flags = done ? 0 : head->flags & SB_PARCEL_FLAGS;
  out->lost_before = done ? 0 : head->lost_before;
  out->time_ns = head->time_ns;
  it->frames_taken = done + count;
  if (it->frames_taken < head->frames) return SB_AGAIN;
  it->frames_taken = 0;
  return SB_OK;
}

sb_status sb_bridge_read(sb_foreign *foreign, sb_block *out) {
  sb_bridge *bridge = (sb_bridge *)foreign;
  sb_incarnation *it = begin(bridge);
  if (!it) return SB_AGAIN;
  note_call(it, sb_clock_now_ns());
  tell_changes(bridge, it);
  sb_parcel head;
  const sb_parcel *reply = it->has_ended ? NULL : next_reply(it, it->out_layout.bytes, &head);
  if (!reply && !it->has_ended && !atomic_load(&it->is_gone)) {
    note_sent(it, sb_clock_now_ns());
    sb_ring_wait_record(it->replies, SOURCE_WAIT_NS, 0);
    reply = next_reply(it, it->out_layout.bytes, &head);
  }
  sb_status status = it->has_ended ? SB_END : SB_AGAIN;
  if (reply) {
    atomic_store_explicit(&it->unanswered_since_ns, 0, memory_order_relaxed);
    status = head.status;
    atomic_store_explicit(&it->has_answered, true, memory_order_relaxed);
    it->has_ended = status != SB_OK;
    const sb_status taken = status == SB_OK ? take_frames(it, &head, reply, out) : SB_OK;
    if (taken == SB_INVALID) {
      out->frames = UINT32_MAX;
      it->frames_taken = 0;
    }
    if (taken != SB_AGAIN) sb_ring_release(it->replies);
  }
  end(bridge);
  return status;
}

/* ---- state, at a live swap ---- */

static bool ask(sb_incarnation *it, sb_parcel request, sb_parcel *head) {
  if (!sb_incarnation_post(it, request)) return false;
  const int64_t now = sb_clock_now_ns();
  note_sent(it, now);
  const sb_parcel *reply = wait_reply(it, it->sent, head, now + SAVE_NS);
  if (reply) sb_ring_release(it->replies);
  return reply && head->kind == request.kind;
}

/* A source's replies are its blocks: it is not asked, the state it saved last has to do. */
uint32_t sb_bridge_save(sb_foreign *foreign, void *out, uint32_t room) {
  sb_bridge *bridge = (sb_bridge *)foreign;
  if (bridge->state_bytes == 0 || room < bridge->state_bytes) return 0;
  sb_incarnation *it = begin(bridge);
  if (it) {
    sb_parcel head;
    if (foreign->stage) ask(it, (sb_parcel){.kind = SB_PARCEL_SAVE}, &head);
    end(bridge);
  }
  return bridge->now ? sb_state_area_latest(bridge->now->area, out) : 0;
}

sb_status sb_bridge_load(sb_foreign *foreign, const void *bytes, uint32_t count) {
  sb_bridge *bridge = (sb_bridge *)foreign;
  if (count > bridge->state_bytes) return SB_INVALID;
  sb_incarnation *it = begin(bridge);
  if (!it) return SB_CRASHED;
  memcpy(sb_state_area_given(it->area), bytes, count);
  const sb_parcel request = {.kind = SB_PARCEL_LOAD, .count = count};
  sb_parcel head;
  sb_status status = SB_OK;
  if (foreign->source)
    sb_incarnation_post(it, request);
  else
    status = ask(it, request, &head) ? head.status : SB_LATE;
  end(bridge);
  return status;
}
