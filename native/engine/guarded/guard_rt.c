/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "guard.h"

static const double STATE_S = 0.2; /* the source waits while a state changes hands */

sb_status sb_guard_gone(sb_guard *guard, const char *within, const sb_fault *fault) {
  guard->fault = *fault;
  guard->within = within;
  atomic_store_explicit(&guard->foreign.library->is_tainted, true, memory_order_relaxed);
  atomic_fetch_add_explicit(&guard->foreign.crashes, 1, memory_order_relaxed);
  atomic_store_explicit(&guard->presence, SB_GUARD_GONE, memory_order_release);
  return fault->signal ? SB_CRASHED : SB_LATE;
}

/* ---- its calls ---- */

typedef struct block_call {
  sb_guard *guard;
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
  sb_guard *guard;
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
  sb_guard *guard;
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

static bool set_one(sb_guard *guard, uint32_t param, const sb_value *value) {
  sb_fault fault;
  if (sb_fault_run(&guard->calls, run_set, &(set_call){guard, param, value}, 0, &fault)) return true;
  sb_guard_gone(guard, "set", &fault);
  return false;
}

void sb_guard_set(sb_foreign *foreign, uint32_t param, const sb_value *value) {
  sb_guard *guard = (sb_guard *)foreign;
  const uint64_t bit = 1ull << param;
  atomic_store_explicit(&guard->numbers[param], value->number, memory_order_relaxed);
  atomic_fetch_or(&guard->set, bit);
  if (sb_guard_is_here(guard))
    set_one(guard, param, value);
  else
    atomic_fetch_or(&guard->missed, bit);
}

/* What was set while it was not here. */
static bool catch_up(sb_guard *guard) {
  uint64_t missed = atomic_exchange(&guard->missed, 0);
  for (; missed; missed &= missed - 1) {
    const uint32_t param = (uint32_t)__builtin_ctzll(missed);
    const sb_value value = {.number = atomic_load_explicit(&guard->numbers[param], memory_order_relaxed)};
    if (!set_one(guard, param, &value)) return false;
  }
  return true;
}

/* Some times a second, so that a restart loses little. */
static void snapshot(sb_guard *guard, uint32_t frames) {
  guard->frames += frames;
  if (guard->frames < guard->snapshot_frames || !guard->snapshot_bytes) return;
  guard->frames = 0;
  const int slot = guard->newest == 0;
  sb_fault fault;
  if (!sb_fault_run(&guard->calls, run_save, &(state_call){.guard = guard, .out = guard->snapshots[slot]}, 0, &fault)) {
    sb_guard_gone(guard, "save", &fault);
    return;
  }
  guard->newest = slot;
  guard->is_tried = false;
}

static sb_status call_block(sb_guard *guard, void (*body)(void *), const char *name, block_call *call) {
  if (!sb_guard_is_here(guard)) return SB_CRASHED;
  if (atomic_load_explicit(&guard->missed, memory_order_relaxed) && !catch_up(guard)) return SB_CRASHED;
  sb_fault fault;
  guard->blocks++;
  if (!sb_fault_run(&guard->calls, body, call, 0, &fault)) {
    guard->foreign.is_torn = true;
    return sb_guard_gone(guard, name, &fault);
  }
  if (call->status == SB_OK) snapshot(guard, call->in ? call->in->frames : call->out->frames);
  const bool is_not_its_to_say = call->status == SB_CRASHED || call->status == SB_LATE;
  return is_not_its_to_say ? SB_IO : call->status;
}

sb_status sb_guard_process(sb_foreign *foreign, const sb_block *in, sb_block *out, int64_t deadline_ns) {
  (void)deadline_ns; /* nobody waits for it: it is the group's thread itself, whose overruns are counted */
  return call_block((sb_guard *)foreign, run_process, "process",
                    &(block_call){.guard = (sb_guard *)foreign, .in = in, .out = out});
}

sb_status sb_guard_read(sb_foreign *foreign, sb_block *out) {
  return call_block((sb_guard *)foreign, run_read, "read", &(block_call){.guard = (sb_guard *)foreign, .out = out});
}

uint32_t sb_guard_state_bytes(sb_foreign *foreign) {
  const sb_guard *guard = (sb_guard *)foreign;
  return sb_guard_is_here(guard) || sb_guard_has_snapshot(guard) ? guard->snapshot_bytes : 0;
}

uint32_t sb_guard_save(sb_foreign *foreign, void *out, uint32_t room) {
  sb_guard *guard = (sb_guard *)foreign;
  sb_fault fault;
  if (!sb_guard_state_bytes(foreign) || room < guard->snapshot_bytes) return 0;
  if (sb_guard_has_snapshot(guard))
    return memcpy(out, guard->snapshots[guard->newest], guard->snapshot_bytes), guard->snapshot_bytes;
  if (sb_fault_run(&guard->calls, run_save, &(state_call){.guard = guard, .out = out}, STATE_S, &fault))
    return guard->snapshot_bytes;
  sb_guard_gone(guard, "save", &fault);
  return 0;
}

sb_status sb_guard_load(sb_foreign *foreign, const void *bytes, uint32_t count) {
  sb_guard *guard = (sb_guard *)foreign;
  state_call call = {.guard = guard, .bytes = bytes, .count = count};
  sb_fault fault;
  if (!sb_guard_is_here(guard)) return SB_CRASHED;
  if (!guard->instance->ext_state) return SB_UNSUPPORTED;
  if (!sb_fault_run(&guard->calls, run_load, &call, STATE_S, &fault)) return sb_guard_gone(guard, "load", &fault);
  return call.status;
}
