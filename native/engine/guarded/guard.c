/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "string_list.h"
#include "ticks.h"
#include "values.h"

/* Whoever ends an instance waits for it. */
static const double END_S = 0.3, SNAPSHOT_S = 0.25;
enum { HANG_NS = 1000000000, HANG_BLOCKS = 20, SNAPSHOT_BLOCKS = 16 };

static void measure(sb_guard *guard, const sb_format *format) {
  const double block_s = format->rate_hz > 0 ? format->max_frames / format->rate_hz : 0;
  const double hang_ns = HANG_BLOCKS * block_s * 1e9;
  guard->hang_ns = hang_ns > HANG_NS && hang_ns < 1e12 ? (int64_t)hang_ns : HANG_NS;
  guard->snapshot_frames = format->rate_hz > 0 ? format->rate_hz * SNAPSHOT_S
                                               : (double)SNAPSHOT_BLOCKS * format->max_frames;
}

static void free_terms(sb_guard *guard) {
  free(guard->values);
  free((void *)guard->in.unit);
  free((void *)guard->in.channel_names);
  free((void *)guard->in.value_names);
  guard->values = NULL;
  guard->in = guard->out = (sb_format){0};
}

/* What a restart needs again: the upstream may be another by then. The output goes in as the input's copy. */
static bool keep_terms(sb_guard *guard, const sb_value *values, const sb_format *in, const sb_format *out) {
  free_terms(guard);
  const sb_format *shape = in ? in : out;
  const bool has_names = shape->channel_names, has_value_names = shape->value_names;
  guard->values = sb_values_copy(values, sb_foreign_param_count(&guard->foreign));
  guard->in = *shape;
  guard->in.unit = strdup(shape->unit ? shape->unit : "");
  guard->in.channel_names = sb_strings_copy(shape->channel_names, shape->channels);
  guard->in.value_names = sb_strings_copy(shape->value_names, shape->values);
  guard->out = *out;
  guard->out.unit = guard->in.unit;
  guard->out.channel_names = guard->in.channel_names;
  if (out->value_names) guard->out.value_names = guard->in.value_names;
  measure(guard, shape);
  return guard->values && guard->in.unit && has_names == (guard->in.channel_names != NULL) &&
         has_value_names == (guard->in.value_names != NULL);
}

static sb_status activate(sb_foreign *foreign, const sb_value *values, const sb_format *in, sb_format *out) {
  sb_guard *guard = (sb_guard *)foreign;
  if (!guard->making) {
    if (!keep_terms(guard, values, in, out)) return sb_error(SB_NO_MEMORY, "out of memory");
    const sb_status status = sb_guard_make(guard, NULL);
    return status == SB_OK ? SB_AGAIN : status;
  }
  const sb_status status = sb_guard_made(guard);
  if (status == SB_OK) *out = guard->instance->out;
  return status;
}

static double latency_s(sb_foreign *foreign) {
  return ((sb_guard *)foreign)->instance ? ((sb_guard *)foreign)->instance->latency_s : 0;
}

/* ---- watching over it ---- */

static sb_status look_for_hang(sb_guard *guard) {
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
  return sb_error(SB_LATE, "%s: hangs in block %llu and cannot be ended", sb_foreign_type(&guard->foreign),
                  (unsigned long long)guard->blocks);
}

static sb_status watch(sb_foreign *foreign) {
  sb_guard *guard = (sb_guard *)foreign;
  switch (atomic_load_explicit(&guard->presence, memory_order_acquire)) {
    case SB_GUARD_HERE: return look_for_hang(guard);
    case SB_GUARD_MAKING: {
      const sb_status status = sb_guard_made(guard);
      if (status == SB_OK) atomic_fetch_add(&foreign->restarts, 1);
      return status == SB_OK || status == SB_AGAIN ? status : sb_guard_tell(guard);
    }
    default: return sb_guard_tell(guard);
  }
}

/* The newest state is given to one instance only: it may be what the one before fell over. */
static sb_status restart(sb_foreign *foreign) {
  sb_guard *guard = (sb_guard *)foreign;
  if (atomic_load_explicit(&guard->presence, memory_order_acquire) != SB_GUARD_GONE)
    return sb_error(SB_WRONG_STATE, "%s is not gone", sb_foreign_type(&guard->foreign));
  void *state = sb_guard_has_snapshot(guard) ? malloc(guard->snapshot_bytes) : NULL;
  if (state) memcpy(state, guard->snapshots[guard->newest], guard->snapshot_bytes);
  guard->is_tried = true;
  return sb_guard_make(guard, state);
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
  sb_instance_free(instance);
  atomic_fetch_sub(&library->busy, 1);
}

static void end_if_made(void *argument) {
  if (((sb_instance *)argument)->is_active) sb_instance_end(argument);
}

static void end(sb_guard *guard) {
  sb_library *library = guard->foreign.library;
  sb_fault fault = {0};
  sb_side_call *ending = sb_side_call_start(sb_instance_end, guard->instance, END_S);
  const sb_status status = ending ? sb_side_call_wait(ending, &fault) : SB_NO_MEMORY;
  if (status != SB_OK) {
    char how[128] = "";
    atomic_store(&library->is_tainted, true);
    if (ending) sb_fault_describe(&fault, how, sizeof how);
    sb_library_note(library, "%s: %s in %s; the library stays in memory", sb_foreign_type(&guard->foreign),
                    ending ? how : "no thread", guard->instance->within);
  }
  sb_side_call_destroy(ending);
  if (status != SB_WRONG_STATE) sb_instance_free(guard->instance); /* otherwise a thread is in it for good */
}

static void destroy(sb_foreign *foreign) {
  sb_guard *guard = (sb_guard *)foreign;
  if (guard->making) {
    atomic_fetch_add(&foreign->library->busy, 1);
    sb_side_call_leave(guard->making, end_if_made, drop);
  } else if (atomic_load(&guard->presence) == SB_GUARD_HERE) {
    end(guard);
  } else {
    sb_instance_free(guard->instance);
  }
  free_terms(guard);
  free(guard->snapshots[0]), free(guard->snapshots[1]), free(guard);
}

static const sb_foreign_class in_this_process = {
    .activate = activate,
    .process = sb_guard_process,
    .read = sb_guard_read,
    .set = sb_guard_set,
    .state_bytes = sb_guard_state_bytes,
    .save = sb_guard_save,
    .load = sb_guard_load,
    .latency_s = latency_s,
    .watch = watch,
    .restart = restart,
    .usage = usage,
    .destroy = destroy,
};

sb_foreign *sb_guard_create(void) {
  sb_guard *guard = calloc(1, sizeof *guard);
  if (!guard) return NULL;
  guard->foreign.class_ = &in_this_process;
  guard->newest = -1;
  return &guard->foreign;
}
