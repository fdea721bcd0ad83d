/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "ticks.h"

enum { HANG_NS = 1000000000, HANG_BLOCKS = 20 };
static const double MOST_HANG_NS = 20e9; /* however long its blocks last */
static const int64_t TAKE_OVER_NS = 1000000000; /* from when it should have been made until it has its state */

static sb_bridge *bridge_of(sb_foreign *foreign) { return (sb_bridge *)foreign; }

static void pack_values(sb_bridge *bridge, sb_pack *pack, const sb_value *values) {
  const sb_foreign *foreign = &bridge->common;
  const uint32_t count = sb_foreign_param_count(foreign);
  sb_pack_u32(pack, count);
  bridge->numbers_at = pack->count;
  for (uint32_t i = 0; i < count; i++) {
    sb_pack_f64(pack, values[i].number);
    atomic_store(&bridge->numbers[i], values[i].number);
  }
  for (uint32_t i = 0; i < count; i++) {
    const sb_value *value = &values[i];
    sb_pack_u32(pack, value->rows);
    sb_pack_u32(pack, value->columns);
    sb_pack_u32(pack, value->numbers != NULL);
    if (value->numbers) sb_pack_bytes(pack, value->numbers, sizeof(double) * value->rows * value->columns);
    sb_pack_texts(pack, value->texts, value->rows);
  }
}

/* Everything that makes an instance, kept for those that may come after it. */
static sb_status pack_create(sb_bridge *bridge, const sb_value *values, const sb_format *in, const sb_format *out) {
  const sb_foreign *foreign = &bridge->common;
  sb_pack pack = {0};
  sb_pack_u32(&pack, foreign->source != NULL);
  sb_pack_text(&pack, sb_foreign_type(foreign));
  pack_values(bridge, &pack, values);
  if (in) sb_pack_format(&pack, in);
  sb_pack_format(&pack, out);
  bridge->create = pack.bytes;
  bridge->create_bytes = pack.count;
  if (in) bridge->in_layout = sb_parcel_layout_of(in);
  return pack.failed ? sb_error(SB_NO_MEMORY, "out of memory") : SB_OK;
}

static void drop_next(sb_bridge *bridge) {
  sb_incarnation_destroy(bridge->next);
  bridge->next = NULL;
}

static sb_status activate(sb_foreign *foreign, const sb_value *values, const sb_format *in, sb_format *out) {
  sb_bridge *bridge = bridge_of(foreign);
  sb_status status = bridge->create ? SB_OK : pack_create(bridge, values, in, out);
  if (status == SB_OK && !bridge->next) bridge->next = sb_incarnation_create(bridge);
  if (!bridge->next) return status == SB_OK ? SB_IO : status;
  status = sb_incarnation_advance(bridge, bridge->next);
  if (status == SB_AGAIN) return SB_AGAIN;
  if (status != SB_OK) {
    drop_next(bridge);
    free(bridge->create);
    bridge->create = NULL;
    return status;
  }
  bridge->now = bridge->next;
  bridge->next = NULL;
  bridge->state_bytes = bridge->now->state_bytes;
  *out = bridge->now->out;
  bridge->out = *out;
  bridge->out.unit = NULL;
  bridge->out.channel_names = bridge->out.value_names = NULL;
  return SB_OK;
}

/* ---- watching ---- */

static double block_ns(const sb_bridge *bridge) {
  const sb_format *format = bridge->common.stage ? &bridge->common.in : &bridge->out;
  return format->rate_hz > 0 ? format->max_frames * 1e9 / format->rate_hz : 0;
}

/* The real-time side has come by for so long without an answer, or the request still lies where it was put. A source
 * that waits for its device may be silent for as long as it likes. */
static bool hangs(const sb_bridge *bridge, const sb_incarnation *it) {
  const int64_t since = atomic_load(&it->unanswered_since_ns), called = atomic_load(&it->called_ns);
  const sb_source_class *source = bridge->common.source;
  const int64_t limit = (int64_t)fmin(fmax(HANG_NS, HANG_BLOCKS * block_ns(bridge)), MOST_HANG_NS);
  if (since == 0 || (source && (source->flags & SB_SOURCE_SELF_PACED || !sb_ring_is_empty(it->replies)))) return false;
  return called - since > limit || (!source && sb_clock_now_ns() - since > limit && !sb_ring_is_empty(it->requests));
}

/* The present one is over: from here on the late policy stands in. Its words are kept, its state as well. */
static sb_status bury(sb_bridge *bridge, sb_status status, const char *words) {
  sb_incarnation *it = bridge->now;
  atomic_store(&it->is_gone, true);
  sb_ring_wake(it->replies);
  it->step = SB_INCARNATION_IS_GONE;
  atomic_fetch_add(&bridge->common.crashes, 1);
  /* If it was the saved state that made it fall, the next one is to begin anew. */
  bridge->skips_state = it->was_given_state && !atomic_load(&it->has_answered);
  bridge->end = status;
  snprintf(bridge->words, sizeof bridge->words, "%s: %s", sb_foreign_type(&bridge->common), words);
  double memory, cpu_ns;
  sb_process_usage(it->process, &memory, &cpu_ns);
  bridge->last_cpu_ns += cpu_ns;
  return sb_error(bridge->end, "%s", bridge->words);
}

static sb_status watch_now(sb_bridge *bridge) {
  sb_incarnation *it = bridge->now;
  if (it->step == SB_INCARNATION_IS_GONE) return sb_error(bridge->end, "%s", bridge->words);
  const int priority = atomic_exchange(&it->priority, 0);
  if (priority > 0) sb_process_follow_priority(it->process, priority);
  if (!sb_process_tend(it->process)) return bury(bridge, SB_CRASHED, it->process->words);
  if (sb_ring_is_broken(it->requests) || sb_ring_is_broken(it->replies) || atomic_load(&it->is_gone)) {
    sb_process_kill(it->process, "broke the rings that it shares with the engine: it writes beyond its blocks");
    return bury(bridge, SB_CRASHED, it->process->words);
  }
  if (hangs(bridge, it)) {
    sb_process_kill(it->process, "hangs: it did not answer, and was ended");
    return bury(bridge, SB_LATE, it->process->words);
  }
  return SB_OK;
}

/* ---- a successor ---- */

static bool is_same_format(const sb_format *a, const sb_format *b) {
  return a->port == b->port && a->rate_hz == b->rate_hz && a->channels == b->channels && a->values == b->values &&
         a->max_frames == b->max_frames && a->bin_hz == b->bin_hz;
}

/* Gives the successor the state that was saved last, if there is one. */
static bool give_state(sb_bridge *bridge) {
  sb_incarnation *to = bridge->next;
  if (bridge->skips_state) return false;
  const uint32_t count = sb_state_area_latest(bridge->now->area, sb_state_area_given(to->area));
  return count && sb_incarnation_post(to, (sb_parcel){.kind = SB_PARCEL_LOAD, .count = count});
}

/* SB_AGAIN until it has taken the state over; one that does not want it begins anew. */
static sb_status hand_over(sb_bridge *bridge) {
  sb_incarnation *to = bridge->next;
  if (!is_same_format(&to->out, &bridge->out))
    return sb_error(SB_INVALID, "%s: now puts out another format than before", sb_foreign_type(&bridge->common));
  /* What was saved, by it and by others of its kind, is copied as it is. */
  if (to->state_bytes != bridge->state_bytes)
    return sb_error(SB_INVALID, "%s: now has a state of another size than before", sb_foreign_type(&bridge->common));
  if (!to->was_given_state) to->was_given_state = give_state(bridge);
  if (to->was_given_state && bridge->common.stage) {
    if (!sb_ring_peek(to->replies)) return sb_ring_is_broken(to->replies) ? SB_CRASHED : SB_AGAIN;
    sb_ring_release(to->replies);
    to->answered = to->sent;
  }
  return SB_OK;
}

static void take_place(sb_bridge *bridge) {
  sb_incarnation *old = bridge->now;
  pthread_mutex_lock(&bridge->turn);
  bridge->now = bridge->next;
  pthread_mutex_unlock(&bridge->turn);
  bridge->next = NULL;
  bridge->end = SB_OK;
  bridge->skips_state = false;
  atomic_fetch_add(&bridge->common.restarts, 1);
  sb_incarnation_destroy(old);
}

static sb_status watch_next(sb_bridge *bridge) {
  sb_incarnation *next = bridge->next;
  sb_status status = sb_incarnation_advance(bridge, next);
  if (status == SB_OK) {
    status = hand_over(bridge);
    const bool is_alive = sb_process_tend(next->process);
    const int64_t patience_ns = sb_hosting_patience_ns(bridge->common.library->hosting);
    const bool is_overdue = sb_clock_now_ns() > next->started_ns + patience_ns + TAKE_OVER_NS;
    if (status == SB_AGAIN && (!is_alive || is_overdue)) {
      bridge->skips_state = true;
      status = is_alive ? sb_error(SB_LATE, "%s: did not take over its saved state in time",
                                   sb_foreign_type(&bridge->common))
                        : sb_error(SB_CRASHED, "%s: %s when it took over its saved state",
                                   sb_foreign_type(&bridge->common), next->process->words);
    }
  }
  if (status == SB_AGAIN) return SB_AGAIN;
  if (status == SB_OK) {
    take_place(bridge);
    return SB_OK;
  }
  atomic_fetch_add(&bridge->common.crashes, 1);
  bridge->end = status == SB_LATE ? SB_LATE : SB_CRASHED;
  snprintf(bridge->words, sizeof bridge->words, "%s", sb_last_error());
  drop_next(bridge);
  return sb_error(bridge->end, "%s", bridge->words);
}

static sb_status watch(sb_foreign *foreign) {
  sb_bridge *bridge = bridge_of(foreign);
  if (!bridge->now) return SB_OK;
  return bridge->next ? watch_next(bridge) : watch_now(bridge);
}

static sb_status restart(sb_foreign *foreign) {
  sb_bridge *bridge = bridge_of(foreign);
  if (bridge->next || !bridge->now || bridge->now->step != SB_INCARNATION_IS_GONE) return SB_OK;
  bridge->next = sb_incarnation_create(bridge);
  return bridge->next ? SB_OK : SB_IO;
}

static uint32_t state_bytes(sb_foreign *foreign) { return bridge_of(foreign)->state_bytes; }

static double latency_s(sb_foreign *foreign) {
  return bridge_of(foreign)->now ? bridge_of(foreign)->now->latency_s : 0;
}

static void usage(sb_foreign *foreign, double *memory_bytes, double *cpu_ns) {
  const sb_bridge *bridge = bridge_of(foreign);
  *memory_bytes = *cpu_ns = 0;
  if (bridge->now && bridge->now->step != SB_INCARNATION_IS_GONE)
    sb_process_usage(bridge->now->process, memory_bytes, cpu_ns);
  *cpu_ns += bridge->last_cpu_ns;
}

static void destroy(sb_foreign *foreign) {
  sb_bridge *bridge = bridge_of(foreign);
  sb_incarnation_destroy(bridge->next);
  sb_incarnation_destroy(bridge->now);
  pthread_mutex_destroy(&bridge->turn);
  free(bridge->create), free(bridge);
}

static const sb_foreign_class bridge_class = {
    .activate = activate,
    .process = sb_bridge_process,
    .read = sb_bridge_read,
    .set = sb_bridge_set,
    .state_bytes = state_bytes,
    .save = sb_bridge_save,
    .load = sb_bridge_load,
    .latency_s = latency_s,
    .watch = watch,
    .restart = restart,
    .usage = usage,
    .destroy = destroy,
};

sb_foreign *sb_bridge_create(void) {
  sb_bridge *bridge = calloc(1, sizeof *bridge);
  if (!bridge) return NULL;
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(&bridge->turn, &attributes);
  pthread_mutexattr_destroy(&attributes);
  bridge->common.class_ = &bridge_class;
  return &bridge->common;
}
