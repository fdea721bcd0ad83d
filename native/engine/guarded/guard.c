/* SPDX-License-Identifier: Apache-2.0
 *
 * Instances of a trusted library, in this process. Each call is guarded (fault.h): an instance that falls over or hangs is
 * gone from that call on, and left as it is, since nobody knows what it held. A restart makes another, with the state that
 * the old one had a moment before.
 *
 * `presence` says whose the instance is: the real-time thread's while it is HERE, the control thread's otherwise.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "class_check.h"
#include "error.h"
#include "foreign.h"
#include "guarded_instance.h"
#include "side_call.h"
#include "string_list.h"
#include "ticks.h"
#include "values.h"

static const double MAKE_S = 5, END_S = 1, STATE_S = 1, SNAPSHOT_S = 0.25;
enum { HANG_NS = 1000000000, HANG_BLOCKS = 20, SNAPSHOT_BLOCKS = 16, MAX_STATE_BYTES = 64 << 20 };

enum presence { NOT_YET, MAKING, HERE, GONE };

typedef struct guarded {
  sb_foreign foreign;
  _Atomic int presence;
  sb_value *values;     /* of which instances are made, and the formats; its own, strings too */
  sb_format in, out;
  sb_instance *instance;
  sb_side_call *making; /* of the instance; NULL: made, or none */

  sb_calls calls;                 /* those of the real-time thread */
  uint64_t seen;                  /* [control] count of the call that the watch saw last */
  int64_t seen_ns;                /* and since when */
  int64_t hang_ns;                /* a call that takes longer hangs */

  _Atomic double numbers[SB_CLASS_MAX_PARAMS]; /* of live parameters, as they were set last */
  _Atomic uint64_t set, missed;   /* those that were set at all; that were while it was not here */

  uint8_t *snapshots[2];          /* of the state; the last whole one is snapshots[newest] */
  uint32_t snapshot_bytes;
  int newest;                     /* [rt] while it is here; -1: none yet */
  bool is_tried;                  /* an instance has been given the newest already */
  double snapshot_frames, frames; /* [rt] between two; since the last */

  uint64_t blocks;                /* [rt] */
  sb_fault fault;                 /* how it went */
  const char *within;             /* which function it went in; NULL: it could not be made, why is in words */
  char words[1024];
} guarded;

static guarded *guard_of(sb_foreign *foreign) { return (guarded *)foreign; }

static const char *type_of(const guarded *guard) { return guard->foreign.stage ? guard->foreign.stage->type : guard->foreign.source->type; }

static uint32_t param_count(const guarded *guard) { return guard->foreign.stage ? guard->foreign.stage->param_count : guard->foreign.source->param_count; }

/* ---- making one ---- */

static void free_instance(sb_instance *instance) {
  if (!instance) return;
  free(instance->values), free((void *)instance->state), free(instance);
}

/* A new one, on its thread; `state` is given away to it. */
static sb_status start_making(guarded *guard, void *state) {
  const uint64_t set = atomic_load(&guard->set);
  sb_instance *instance = calloc(1, sizeof *instance);
  sb_value *values = sb_values_copy(guard->values, param_count(guard));
  for (uint32_t i = 0; values && i < param_count(guard); i++)
    if (set >> i & 1) values[i].number = atomic_load_explicit(&guard->numbers[i], memory_order_relaxed);
  if (instance)
    *instance = (sb_instance){.stage = guard->foreign.stage, .source = guard->foreign.source, .host = &guard->foreign.library->host, .values = values,
                              .in = guard->in, .out = guard->out, .state = state, .state_count = guard->snapshot_bytes};
  guard->making = instance && values ? sb_side_call_start(sb_instance_make, instance, MAKE_S) : NULL;
  if (!guard->making) {
    free(values), free(state), free(instance);
    return sb_error(SB_NO_MEMORY, "%s: there is no memory or no thread to make it with", type_of(guard));
  }
  free_instance(guard->instance);
  guard->instance = instance;
  atomic_store(&guard->presence, MAKING);
  return SB_OK;
}

static bool take_snapshot_memory(guarded *guard) {
  const uint32_t bytes = guard->instance->state_bytes;
  if (bytes == guard->snapshot_bytes) return true;
  for (int i = 0; i < 2; i++) {
    free(guard->snapshots[i]);
    guard->snapshots[i] = bytes && bytes <= MAX_STATE_BYTES ? calloc(1, bytes) : NULL;
  }
  guard->newest = -1;
  guard->snapshot_bytes = guard->snapshots[0] && guard->snapshots[1] ? bytes : 0;
  return guard->snapshot_bytes == bytes;
}

/* Counts, and says how it went. What fell over stays in memory as it is. */
static sb_status gone(guarded *guard, const char *within, const sb_fault *fault) {
  guard->fault = *fault;
  guard->within = within;
  atomic_store_explicit(&guard->foreign.library->is_tainted, true, memory_order_relaxed);
  atomic_fetch_add_explicit(&guard->foreign.crashes, 1, memory_order_relaxed);
  atomic_store_explicit(&guard->presence, GONE, memory_order_release);
  return fault->signal ? SB_CRASHED : SB_LATE;
}

static sb_status tell(guarded *guard) {
  char how[128];
  if (!guard->within) return sb_error(SB_CRASHED, "%s", guard->words);
  sb_fault_describe(&guard->fault, how, sizeof how);
  return sb_error(guard->fault.signal ? SB_CRASHED : SB_LATE, "%s: %s in %s, block %llu", type_of(guard), how, guard->within,
                  (unsigned long long)guard->blocks);
}

/* Once it is made: SB_OK and it is here, or why not. */
static sb_status finish_making(guarded *guard) {
  sb_instance *instance = guard->instance;
  sb_fault fault = {0};
  const sb_status status = sb_side_call_poll(guard->making, &fault);
  if (status == SB_AGAIN) return SB_AGAIN;
  sb_side_call_destroy(guard->making);
  guard->making = NULL;
  if (status != SB_OK) {
    gone(guard, instance->within, &fault);
    if (status == SB_WRONG_STATE) guard->instance = NULL; /* a thread is in it for good */
    return tell(guard);
  }
  if (instance->status == SB_OK && take_snapshot_memory(guard)) {
    guard->frames = 0;
    atomic_store_explicit(&guard->presence, HERE, memory_order_release);
    return SB_OK;
  }
  snprintf(guard->words, sizeof guard->words, "%s: %.900s", type_of(guard), instance->status == SB_OK ? "out of memory" : instance->words);
  guard->within = NULL;
  atomic_store(&guard->presence, GONE);
  return sb_error(instance->status == SB_OK ? SB_NO_MEMORY : instance->status, "%s", instance->status == SB_OK ? guard->words : instance->words);
}

static void measure(guarded *guard, const sb_format *format) {
  const double block_s = format->rate_hz > 0 ? format->max_frames / format->rate_hz : 0;
  const double hang_ns = HANG_BLOCKS * block_s * 1e9;
  guard->hang_ns = hang_ns > HANG_NS && hang_ns < 1e12 ? (int64_t)hang_ns : HANG_NS;
  guard->snapshot_frames = format->rate_hz > 0 ? format->rate_hz * SNAPSHOT_S : (double)SNAPSHOT_BLOCKS * format->max_frames;
}

static void free_terms(guarded *guard) {
  free(guard->values), free((void *)guard->in.unit), free((void *)guard->in.channel_names), free((void *)guard->in.value_names);
  guard->values = NULL;
  guard->in = guard->out = (sb_format){0};
}

/* What a restart needs again: the upstream may be another by then. The output goes in as the input's copy. */
static bool keep_terms(guarded *guard, const sb_value *values, const sb_format *in, const sb_format *out) {
  free_terms(guard);
  const sb_format *shape = in ? in : out;
  const bool has_names = shape->channel_names, has_value_names = shape->value_names;
  guard->values = sb_values_copy(values, param_count(guard));
  guard->in = *shape;
  guard->in.unit = strdup(shape->unit ? shape->unit : "");
  guard->in.channel_names = sb_strings_copy(shape->channel_names, shape->channels);
  guard->in.value_names = sb_strings_copy(shape->value_names, shape->values);
  guard->out = *out;
  guard->out.unit = guard->in.unit;
  guard->out.channel_names = guard->in.channel_names;
  if (out->value_names) guard->out.value_names = guard->in.value_names;
  measure(guard, shape);
  return guard->values && guard->in.unit && has_names == (guard->in.channel_names != NULL) && has_value_names == (guard->in.value_names != NULL);
}

static sb_status activate(sb_foreign *foreign, const sb_value *values, const sb_format *in, sb_format *out) {
  guarded *guard = guard_of(foreign);
  if (!guard->making) {
    if (!keep_terms(guard, values, in, out)) return sb_error(SB_NO_MEMORY, "out of memory");
    const sb_status status = start_making(guard, NULL);
    return status == SB_OK ? SB_AGAIN : status;
  }
  const sb_status status = finish_making(guard);
  if (status == SB_OK) *out = guard->instance->out;
  return status;
}

/* ---- its calls ---- */

typedef struct block_call {
  guarded *guard;
  const sb_block *in;
  sb_block *out;
  sb_status status;
} block_call;

static void run_process(void *argument) {
  block_call *call = argument;
  call->status = call->guard->foreign.stage->process(call->guard->instance->self, call->in, call->out);
}

static void run_read(void *argument) {
  block_call *call = argument;
  call->status = call->guard->foreign.source->read(call->guard->instance->self, call->out);
}

typedef struct set_call {
  guarded *guard;
  uint32_t param;
  const sb_value *value;
} set_call;

static void run_set(void *argument) {
  const set_call *call = argument;
  const sb_foreign *foreign = &call->guard->foreign;
  void (*set)(void *, uint32_t, const sb_value *) = foreign->stage ? foreign->stage->set : foreign->source->set;
  if (set) set(call->guard->instance->self, call->param, call->value);
}

typedef struct state_call {
  guarded *guard;
  void *out;
  const void *bytes;
  uint32_t count;
  sb_status status;
} state_call;

static void run_save(void *argument) {
  const state_call *call = argument;
  call->guard->instance->ext_state->save(call->guard->instance->self, call->out);
}

static void run_load(void *argument) {
  state_call *call = argument;
  call->status = call->guard->instance->ext_state->load(call->guard->instance->self, call->bytes, call->count);
}

static bool is_here(const guarded *guard) { return atomic_load_explicit(&guard->presence, memory_order_acquire) == HERE; }

static bool set_one(guarded *guard, uint32_t param, const sb_value *value) {
  sb_fault fault;
  if (sb_fault_run(&guard->calls, run_set, &(set_call){guard, param, value}, 0, &fault)) return true;
  gone(guard, "set", &fault);
  return false;
}

static void set(sb_foreign *foreign, uint32_t param, const sb_value *value) {
  guarded *guard = guard_of(foreign);
  const uint64_t bit = 1ull << param;
  atomic_store_explicit(&guard->numbers[param], value->number, memory_order_relaxed);
  atomic_fetch_or(&guard->set, bit);
  if (is_here(guard))
    set_one(guard, param, value);
  else
    atomic_fetch_or(&guard->missed, bit);
}

/* What was set while it was not here. */
static bool catch_up(guarded *guard) {
  uint64_t missed = atomic_exchange(&guard->missed, 0);
  for (; missed; missed &= missed - 1) {
    const uint32_t param = (uint32_t)__builtin_ctzll(missed);
    const sb_value value = {.number = atomic_load_explicit(&guard->numbers[param], memory_order_relaxed)};
    if (!set_one(guard, param, &value)) return false;
  }
  return true;
}

/* Some times a second, so that a restart loses little. */
static void snapshot(guarded *guard, uint32_t frames) {
  guard->frames += frames;
  if (guard->frames < guard->snapshot_frames || !guard->snapshot_bytes) return;
  guard->frames = 0;
  const int slot = guard->newest == 0;
  sb_fault fault;
  if (!sb_fault_run(&guard->calls, run_save, &(state_call){.guard = guard, .out = guard->snapshots[slot]}, 0, &fault)) {
    gone(guard, "save", &fault);
    return;
  }
  guard->newest = slot;
  guard->is_tried = false;
}

static sb_status call_block(guarded *guard, void (*body)(void *), const char *name, block_call *call) {
  if (!is_here(guard)) return SB_CRASHED;
  if (atomic_load_explicit(&guard->missed, memory_order_relaxed) && !catch_up(guard)) return SB_CRASHED;
  sb_fault fault;
  guard->blocks++;
  if (!sb_fault_run(&guard->calls, body, call, 0, &fault)) {
    guard->foreign.is_torn = true;
    return gone(guard, name, &fault);
  }
  if (call->status == SB_OK) snapshot(guard, call->in ? call->in->frames : call->out->frames);
  return call->status == SB_CRASHED || call->status == SB_LATE ? SB_IO : call->status; /* these two are not its to say */
}

static sb_status process(sb_foreign *foreign, const sb_block *in, sb_block *out, int64_t deadline_ns) {
  (void)deadline_ns; /* nobody waits for it: it is the group's thread itself, whose overruns are counted */
  return call_block(guard_of(foreign), run_process, "process", &(block_call){.guard = guard_of(foreign), .in = in, .out = out});
}

static sb_status read_block(sb_foreign *foreign, sb_block *out) {
  return call_block(guard_of(foreign), run_read, "read", &(block_call){.guard = guard_of(foreign), .out = out});
}

/* Of one that is gone, what was saved last stands for it. */
static bool has_snapshot(const guarded *guard) {
  return atomic_load_explicit(&guard->presence, memory_order_acquire) == GONE && guard->newest >= 0 && !guard->is_tried;
}

static uint32_t state_bytes(sb_foreign *foreign) {
  const guarded *guard = guard_of(foreign);
  return is_here(guard) || has_snapshot(guard) ? guard->snapshot_bytes : 0;
}

static uint32_t save(sb_foreign *foreign, void *out, uint32_t room) {
  guarded *guard = guard_of(foreign);
  sb_fault fault;
  if (!state_bytes(foreign) || room < guard->snapshot_bytes) return 0;
  if (has_snapshot(guard)) return memcpy(out, guard->snapshots[guard->newest], guard->snapshot_bytes), guard->snapshot_bytes;
  if (sb_fault_run(&guard->calls, run_save, &(state_call){.guard = guard, .out = out}, STATE_S, &fault)) return guard->snapshot_bytes;
  gone(guard, "save", &fault);
  return 0;
}

static sb_status load(sb_foreign *foreign, const void *bytes, uint32_t count) {
  guarded *guard = guard_of(foreign);
  state_call call = {.guard = guard, .bytes = bytes, .count = count};
  sb_fault fault;
  if (!is_here(guard)) return SB_CRASHED;
  if (!guard->instance->ext_state) return SB_UNSUPPORTED;
  if (!sb_fault_run(&guard->calls, run_load, &call, STATE_S, &fault)) return gone(guard, "load", &fault);
  return call.status;
}

static double latency_s(sb_foreign *foreign) { return guard_of(foreign)->instance ? guard_of(foreign)->instance->latency_s : 0; }

/* ---- watching over it ---- */

static sb_status look_for_hang(guarded *guard) {
  const uint64_t count = atomic_load_explicit(&guard->calls.count, memory_order_acquire);
  const int64_t now = sb_clock_now_ns();
  if (count % 2 == 0 || count != guard->seen) {
    guard->seen = count;
    guard->seen_ns = now;
    return SB_OK;
  }
  if (now - guard->seen_ns < guard->hang_ns) return SB_OK;
  sb_fault_end(&guard->calls, count);
  if (now - guard->seen_ns < 2 * guard->hang_ns) return SB_OK;
  return sb_error(SB_LATE, "%s: hangs in block %llu and cannot be ended", type_of(guard), (unsigned long long)guard->blocks);
}

static sb_status watch(sb_foreign *foreign) {
  guarded *guard = guard_of(foreign);
  switch (atomic_load_explicit(&guard->presence, memory_order_acquire)) {
    case HERE: return look_for_hang(guard);
    case MAKING: {
      const sb_status status = finish_making(guard);
      if (status == SB_OK) atomic_fetch_add(&foreign->restarts, 1);
      return status == SB_OK || status == SB_AGAIN ? status : tell(guard);
    }
    default: return tell(guard);
  }
}

/* The newest state is given to one instance only: it may be what the one before fell over. */
static sb_status restart(sb_foreign *foreign) {
  guarded *guard = guard_of(foreign);
  if (atomic_load_explicit(&guard->presence, memory_order_acquire) != GONE) return sb_error(SB_WRONG_STATE, "%s is not gone", type_of(guard));
  void *state = has_snapshot(guard) ? malloc(guard->snapshot_bytes) : NULL;
  if (state) memcpy(state, guard->snapshots[guard->newest], guard->snapshot_bytes);
  guard->is_tried = true;
  return start_making(guard, state);
}

static void usage(sb_foreign *foreign, double *memory_bytes, double *cpu_ns) {
  (void)foreign;
  *memory_bytes = *cpu_ns = 0; /* it shares this process's */
}

/* ---- ending it ---- */

static void drop(void *argument, bool returned) {
  sb_instance *instance = argument;
  sb_library *library = instance->host->context;
  if (!returned) atomic_store(&library->is_tainted, true);
  free_instance(instance);
  atomic_fetch_sub(&library->busy, 1);
}

static void end_if_made(void *argument) {
  if (((sb_instance *)argument)->is_active) sb_instance_end(argument);
}

static void end(guarded *guard) {
  sb_library *library = guard->foreign.library;
  sb_fault fault = {0};
  sb_side_call *ending = sb_side_call_start(sb_instance_end, guard->instance, END_S);
  const sb_status status = ending ? sb_side_call_wait(ending, &fault) : SB_NO_MEMORY;
  if (status != SB_OK) {
    char how[128] = "";
    atomic_store(&library->is_tainted, true);
    if (ending) sb_fault_describe(&fault, how, sizeof how);
    sb_library_note(library, "%s: %s in %s; the library stays in memory", type_of(guard), ending ? how : "no thread", guard->instance->within);
  }
  sb_side_call_destroy(ending);
  if (status != SB_WRONG_STATE) free_instance(guard->instance); /* otherwise a thread is in it for good */
}

static void destroy(sb_foreign *foreign) {
  guarded *guard = guard_of(foreign);
  if (guard->making) {
    atomic_fetch_add(&foreign->library->busy, 1);
    sb_side_call_leave(guard->making, end_if_made, drop);
  } else if (atomic_load(&guard->presence) == HERE) {
    end(guard);
  } else {
    free_instance(guard->instance);
  }
  free_terms(guard);
  free(guard->snapshots[0]), free(guard->snapshots[1]), free(guard);
}

static const sb_foreign_class in_this_process = {
    .activate = activate,
    .process = process,
    .read = read_block,
    .set = set,
    .state_bytes = state_bytes,
    .save = save,
    .load = load,
    .latency_s = latency_s,
    .watch = watch,
    .restart = restart,
    .usage = usage,
    .destroy = destroy,
};

sb_foreign *sb_guard_create(void) {
  guarded *guard = calloc(1, sizeof *guard);
  if (!guard) return NULL;
  guard->foreign.class_ = &in_this_process;
  guard->newest = -1;
  return &guard->foreign;
}
