/* SPDX-License-Identifier: Apache-2.0 */
#include "foreign.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "ticks.h"

/* Of a block's duration all foreign stages of a group together have some, the rest is for the others; and each has that
 * share of what is left of it, so that one that takes all it can leaves the next something. */
static const double LIVE_BUDGET = 0.75, LIVE_SHARE = 2.0 / 3;
enum { OFFLINE_NS = 2000000000, IRREGULAR_NS = 20000000, CHECK_ONE_IN = 8 };

sb_foreign *sb_foreign_create(sb_library *library, const sb_stage_class *stage, const sb_source_class *source) {
  sb_foreign *foreign = sb_library_is_isolated(library) ? sb_bridge_create() : sb_guard_create();
  if (!foreign) return NULL;
  foreign->library = library;
  foreign->stage = stage;
  foreign->source = source;
  atomic_fetch_add(&library->nodes, 1);
  return foreign;
}

void sb_foreign_destroy(sb_foreign *foreign) {
  if (!foreign) return;
  sb_library *library = foreign->library;
  free(foreign->held);
  foreign->class_->destroy(foreign);
  sb_library_release(library);
}

static bool is_frame_by_frame(const sb_foreign *foreign) {
  return foreign->in.rate_hz == foreign->out.rate_hz && foreign->in.rate_hz > 0;
}

/* What its activate says of its output is the library's word, as all else is. */
static sb_status check_output(const sb_foreign *foreign) {
  const uint32_t told = foreign->stage ? foreign->stage->output : SB_PORT_SIGNAL;
  const sb_format *in = &foreign->in, *out = &foreign->out;
  const char *type = sb_foreign_type(foreign);
  if (out->port != told)
    return sb_error(SB_INVALID, "%s: puts out port %u, and its class says %u", type, out->port, told);
  if (!out->channel_names && (foreign->source || in->channel_names) && out->channels)
    return sb_error(SB_INVALID, "%s: the channels that it puts out have no names", type);
  /* As many frames as came in are put in its place when it falls over. */
  if (is_frame_by_frame(foreign) && out->max_frames < in->max_frames)
    return sb_error(SB_INVALID,
                    "%s: puts out as many frames as it gets, and has room for %u of %u: leave max_frames as it is",
                    type, out->max_frames, in->max_frames);
  return SB_OK;
}

sb_status sb_foreign_ready(sb_foreign *foreign, const sb_format *in, const sb_format *out) {
  foreign->in = in ? *in : (sb_format){0};
  foreign->out = *out;
  const sb_status status = check_output(foreign);
  if (status != SB_OK) return status;
  foreign->held = calloc(sb_stride(out->channels, out->values) + 1, sizeof *foreign->held);
  return foreign->held ? SB_OK : SB_NO_MEMORY;
}

/* In place the input is gone once the instance has begun to write. */
static bool can_be_dry(const sb_foreign *foreign, const sb_block *block_in, const sb_block *block_out) {
  const sb_format *in = &foreign->in, *out = &foreign->out;
  if (block_in->data == block_out->data && foreign->is_torn) return false;
  return is_frame_by_frame(foreign) && in->port == out->port && in->channels == out->channels &&
         in->values == out->values;
}

/* Output frames that an input block is worth. Of an irregular output nobody can say. */
static uint32_t frames_due(sb_foreign *foreign, const sb_block *in) {
  if (is_frame_by_frame(foreign)) return in->frames;
  if (!(foreign->in.rate_hz > 0)) return 0;
  foreign->due += in->frames * foreign->out.rate_hz / foreign->in.rate_hz;
  const double whole = fmin(floor(foreign->due), foreign->out.max_frames);
  foreign->due -= whole;
  return (uint32_t)whole;
}

/* What the late policy puts in the place of an output. */
static void substitute(sb_foreign *foreign, const sb_block *in, sb_block *out) {
  const sb_late_policy policy = foreign->library->late;
  const size_t row = sizeof(float) * out->stride;
  atomic_fetch_add_explicit(&foreign->substituted, 1, memory_order_relaxed);
  out->flags |= SB_BLOCK_LATE;
  out->frames = frames_due(foreign, in);
  if (policy == SB_LATE_DRY && can_be_dry(foreign, in, out)) {
    out->flags |= SB_BLOCK_DRY;
    if (out->data != in->data) memcpy(out->data, in->data, row * out->frames);
    return;
  }
  for (uint32_t frame = 0; frame < out->frames; frame++) {
    float *to = out->data + (size_t)frame * out->stride;
    if (policy == SB_LATE_HOLD)
      memcpy(to, foreign->held, row);
    else
      memset(to, 0, row);
  }
}

/* Whether all numbers are finite: the exponent of one that is not is all ones. */
static bool is_finite(const sb_block *block) {
  const uint32_t width = block->channels * block->values;
  uint32_t odd = 0;
  for (uint32_t frame = 0; frame < block->frames; frame++) {
    const float *row = block->data + (size_t)frame * block->stride;
    for (uint32_t i = 0; i < width; i++) {
      uint32_t bits;
      memcpy(&bits, &row[i], sizeof bits);
      odd |= (bits & 0x7f800000u) == 0x7f800000u;
    }
  }
  return odd == 0;
}

/* Numbers that are not finite are its fault only if the input's were, and that has to be seen before it works
 * in place. */
typedef enum number_check { UNCHECKED, CHECKED, EXCUSED } number_check;

static number_check check_numbers(sb_foreign *foreign, const sb_block *in, const sb_block *out) {
  if (!sb_library_is_isolated(foreign->library) && foreign->blocks++ % CHECK_ONE_IN != 0) return UNCHECKED;
  return in->data == out->data && !is_finite(in) ? EXCUSED : CHECKED;
}

/* Whether the output keeps what was agreed. */
static bool keeps_its_word(const sb_foreign *foreign, const sb_block *in, const sb_block *agreed, const sb_block *out,
                           number_check check) {
  const bool fits = out->frames <= foreign->out.max_frames && out->event_count <= SB_BLOCK_MAX_EVENTS &&
                    out->data == agreed->data && out->events == agreed->events && out->times_ns == agreed->times_ns &&
                    out->stride == agreed->stride && out->channels == agreed->channels &&
                    out->values == agreed->values && out->rate_hz == agreed->rate_hz &&
                    (!is_frame_by_frame(foreign) || out->frames == in->frames || out->frames == 0);
  return fits && (check != CHECKED || is_finite(out) || (in->data != out->data && !is_finite(in)));
}

/* Labels end, and durations are numbers. */
static void mend_events(sb_block *out) {
  for (uint32_t i = 0; i < out->event_count; i++) {
    out->events[i].label[SB_EVENT_LABEL_BYTES - 1] = 0;
    if (!isfinite(out->events[i].duration_s)) out->events[i].duration_s = 0;
  }
}

/* Of what its input has lost an output may tell, now or later, and of no more: a recorder writes a zero for each. */
static void tell_losses(sb_foreign *foreign, const sb_block *in, sb_block *out) {
  const double in_hz = foreign->in.rate_hz, out_hz = foreign->out.rate_hz;
  const double rates = in_hz > 0 && out_hz > 0 ? out_hz / in_hz : 1;
  foreign->lost += ceil(in->lost_before * rates);
  if (out->lost_before > foreign->lost) out->lost_before = (uint32_t)foreign->lost;
  foreign->lost -= out->lost_before;
}

static void hold(sb_foreign *foreign, const sb_block *out) {
  if (foreign->library->late != SB_LATE_HOLD || out->frames == 0) return;
  memcpy(foreign->held, out->data + (size_t)(out->frames - 1) * out->stride, sizeof(float) * out->stride);
}

int64_t sb_foreign_budget_end(const sb_block *block) {
  return sb_clock_now_ns() +
         (int64_t)(LIVE_BUDGET * (block->rate_hz > 0 ? block->frames * 1e9 / block->rate_hz : IRREGULAR_NS));
}

sb_status sb_foreign_process(sb_foreign *foreign, const sb_block *in, sb_block *out, int64_t budget_end_ns) {
  const sb_block agreed = *out;
  const number_check check = check_numbers(foreign, in, out);
  const int64_t now = sb_clock_now_ns();
  const int64_t patience_ns = budget_end_ns ? (int64_t)((double)(budget_end_ns - now) * LIVE_SHARE) : OFFLINE_NS;
  const sb_status status = foreign->class_->process(foreign, in, out, now + patience_ns);
  const bool is_there = status != SB_LATE && status != SB_CRASHED;
  if (is_there && status != SB_OK) {
    *out = agreed;
    return status;
  }
  if (is_there && keeps_its_word(foreign, in, &agreed, out, check)) {
    mend_events(out);
    tell_losses(foreign, in, out);
    hold(foreign, out);
    return SB_OK;
  }
  if (is_there) {
    atomic_fetch_add_explicit(&foreign->bad_blocks, 1, memory_order_relaxed);
    foreign->is_torn = true;
  }
  if (status == SB_LATE) atomic_fetch_add_explicit(&foreign->late, 1, memory_order_relaxed);
  if (in->event_count && agreed.events != in->events)
    memcpy(agreed.events, in->events, in->event_count * sizeof *in->events);
  *out = agreed;
  substitute(foreign, in, out);
  foreign->is_torn = false;
  return SB_OK;
}

sb_status sb_foreign_read(sb_foreign *foreign, sb_block *out) {
  const sb_block agreed = *out;
  const sb_status status = foreign->class_->read(foreign, out);
  if (status != SB_OK) return status == SB_CRASHED || status == SB_LATE ? SB_AGAIN : status;
  const bool fits = out->frames <= agreed.frames && out->event_count <= SB_BLOCK_MAX_EVENTS &&
                    out->data == agreed.data && out->events == agreed.events && out->stride == agreed.stride &&
                    out->channels == agreed.channels;
  if (fits) {
    mend_events(out);
    return SB_OK;
  }
  atomic_fetch_add_explicit(&foreign->bad_blocks, 1, memory_order_relaxed);
  *out = agreed;
  return SB_AGAIN;
}
