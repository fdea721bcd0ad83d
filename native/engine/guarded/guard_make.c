/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "guard.h"
#include "values.h"

static const double MAKE_S = 5;

sb_status sb_guard_make(sb_guard *guard, void *state) {
  const uint64_t set = atomic_load(&guard->set);
  sb_instance *instance = calloc(1, sizeof *instance);
  sb_value *values = sb_values_copy(guard->values, sb_foreign_param_count(&guard->foreign));
  for (uint32_t i = 0; values && i < sb_foreign_param_count(&guard->foreign); i++)
    if (set >> i & 1) values[i].number = atomic_load_explicit(&guard->numbers[i], memory_order_relaxed);
  if (instance)
    *instance = (sb_instance){.stage = guard->foreign.stage,
                              .source = guard->foreign.source,
                              .host = &guard->foreign.library->host,
                              .values = values,
                              .in = guard->in,
                              .out = guard->out,
                              .state = state,
                              .state_count = guard->snapshot_bytes};
  guard->making = instance && values ? sb_side_call_start(sb_instance_make, instance, MAKE_S) : NULL;
  if (!guard->making) {
    free(values);
    free(state);
    free(instance);
    return sb_error(SB_NO_MEMORY, "%s: there is no memory or no thread to make it with",
                    sb_foreign_type(&guard->foreign));
  }
  sb_instance_free(guard->instance);
  guard->instance = instance;
  atomic_store(&guard->presence, SB_GUARD_MAKING);
  return SB_OK;
}

static bool take_snapshot_memory(sb_guard *guard) {
  const uint32_t bytes = guard->instance->state_bytes;
  if (bytes == guard->snapshot_bytes) return true;
  for (int i = 0; i < 2; i++) {
    free(guard->snapshots[i]);
    guard->snapshots[i] = bytes ? calloc(1, bytes) : NULL;
  }
  guard->newest = -1;
  guard->snapshot_bytes = guard->snapshots[0] && guard->snapshots[1] ? bytes : 0;
  return guard->snapshot_bytes == bytes;
}

sb_status sb_guard_tell(const sb_guard *guard) {
  char how[128];
  if (!guard->within) return sb_error(SB_CRASHED, "%s", guard->words);
  sb_fault_describe(&guard->fault, how, sizeof how);
  return sb_error(guard->fault.signal ? SB_CRASHED : SB_LATE, "%s: %s in %s, block %llu",
                  sb_foreign_type(&guard->foreign), how, guard->within, (unsigned long long)guard->blocks);
}

sb_status sb_guard_made(sb_guard *guard) {
  sb_instance *instance = guard->instance;
  sb_fault fault = {0};
  const sb_status status = sb_side_call_poll(guard->making, &fault);
  if (status == SB_AGAIN) return SB_AGAIN;
  sb_side_call_destroy(guard->making);
  guard->making = NULL;
  if (status != SB_OK) {
    sb_guard_gone(guard, instance->within, &fault);
    if (status == SB_WRONG_STATE) guard->instance = NULL; /* a thread is in it for good */
    return sb_guard_tell(guard);
  }
  if (instance->status == SB_OK && take_snapshot_memory(guard)) {
    guard->frames = 0;
    atomic_store_explicit(&guard->presence, SB_GUARD_HERE, memory_order_release);
    return SB_OK;
  }
  snprintf(guard->words, sizeof guard->words, "%s: %.900s", sb_foreign_type(&guard->foreign),
           instance->status == SB_OK ? "out of memory" : instance->words);
  guard->within = NULL;
  atomic_store(&guard->presence, SB_GUARD_GONE);
  return sb_error(instance->status == SB_OK ? SB_NO_MEMORY : instance->status, "%s",
                  instance->status == SB_OK ? guard->words : instance->words);
}
