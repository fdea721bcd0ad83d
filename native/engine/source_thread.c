/* SPDX-License-Identifier: Apache-2.0
 *
 * The source's thread: reads a block, waits until its last frame would have been there (unless the device sets the
 * pace or there is none to keep), stamps it, puts waiting markers on it, and hands it out.
 */
#include <math.h>
#include <stdlib.h>

#include "foreign.h"
#include "realtime.h"
#include "session.h"
#include "ticks.h"

enum { LONGEST_SLEEP_NS = 50000000, RETRY_NS = 500000 };

static void sleep_until(int64_t time_ns) {
  const struct timespec time = {.tv_sec = time_ns / 1000000000, .tv_nsec = time_ns % 1000000000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

/* In short naps, so that a stop is never kept waiting by a long block. Returns whether there was time for one. */
static bool wait_until(sb_session *session, int64_t time_ns) {
  for (bool napped = false;; napped = true) {
    const int64_t now = sb_clock_now_ns();
    if (now >= time_ns || atomic_load_explicit(&session->run.quit, memory_order_relaxed)) return napped;
    const int64_t nap = now + LONGEST_SLEEP_NS;
    sleep_until(nap < time_ns ? nap : time_ns);
    if (nap >= time_ns) sb_histogram_add(&session->wake_ns, (uint64_t)(sb_clock_now_ns() - time_ns));
  }
}

static const double LOSS_SLACK_S = 2, LOSS_FASTEST = 1.1;

/* A plugin's device cannot have lost more than there was time for, give or take its clock. */
static void bound_loss(const sb_session *session, sb_block *block) {
  const int64_t start_ns = atomic_load(&session->start_ns);
  if (!session->source->foreign || !session->run.live) return;
  const double elapsed_s = start_ns ? (double)(sb_clock_now_ns() - start_ns) * 1e-9 : 0;
  const double most = block->rate_hz * (elapsed_s * LOSS_FASTEST + LOSS_SLACK_S) - (double)block->first_frame;
  if (block->lost_before > most) block->lost_before = most > 0 ? (uint32_t)most : 0;
}

typedef struct pacing {
  sb_realtime realtime;
  int64_t rested_ns; /* when it last had to wait for the signal's time; 0: never */
} pacing;

static int64_t duration_ns(uint64_t frames, double rate_hz) { return (int64_t)llround((double)frames * 1e9 / rate_hz); }

/* A marker stands on the frame that was being acquired when it was set; one for the next block waits for it. */
static void attach_marks(sb_session *session, sb_block *block) {
  uint32_t read = atomic_load_explicit(&session->marks_read, memory_order_relaxed);
  const uint32_t written = atomic_load_explicit(&session->marks_written, memory_order_acquire);
  for (; read != written; read++) {
    const sb_mark *mark = &session->marks[read % SB_SESSION_MARKS];
    double frame = session->speed == 1 ? floor((double)(mark->time_ns - block->time_ns) * 1e-9 * block->rate_hz) : 0;
    if (frame >= block->frames && frame < 10.0 * block->frames + block->rate_hz) break;
    frame = frame < 0 ? 0 : frame >= block->frames ? block->frames - 1 : frame;
    if (!sb_block_add_event(block, (int32_t)frame, mark->duration_s, mark->label)) break;
  }
  atomic_store_explicit(&session->marks_read, read, memory_order_release);
}

/* Stamps the block with its device time; returns when it was complete. */
static int64_t stamp(sb_session *session, sb_block *block, pacing *pace) {
  const bool self_paced = session->source->source->flags & SB_SOURCE_SELF_PACED;
  const uint64_t end = block->first_frame + block->frames;
  if (atomic_load(&session->start_ns) == 0) {
    atomic_store(&session->start_ns, sb_clock_now_ns() - (self_paced ? duration_ns(end, block->rate_hz) : 0));
  }
  const int64_t start_ns = atomic_load(&session->start_ns);
  const bool is_paced = !self_paced && session->speed > 0;
  const bool rested =
      is_paced && wait_until(session, start_ns + (int64_t)((double)duration_ns(end, block->rate_hz) / session->speed));
  const int64_t now = sb_clock_now_ns();
  if (rested || pace->rested_ns == 0) {
    pace->rested_ns = now;
    sb_realtime_rested(&pace->realtime);
  } else if (is_paced) {
    sb_realtime_busy(&pace->realtime, (double)(now - pace->rested_ns));
  }
  if (self_paced) {
    sb_clock_update(&session->clock, end, now);
    block->time_ns = sb_clock_time_ns(&session->clock, block->first_frame);
    atomic_store_explicit(&session->drift_ppm, sb_clock_drift_ppm(&session->clock), memory_order_relaxed);
    atomic_store_explicit(&session->jitter_ns, session->clock.jitter_ns, memory_order_relaxed);
  } else {
    block->time_ns = (session->run.lossless ? 0 : start_ns) + duration_ns(block->first_frame, block->rate_hz);
  }
  return now;
}

static void deliver(sb_session *session, const sb_block *block, int64_t ready_ns) {
  pthread_mutex_lock(&session->delivery);
  if (session->source_program) {
    *sb_program_input(session->source_program) = *block;
    sb_program_run(session->source_program, ready_ns, &session->run);
  }
  pthread_mutex_unlock(&session->delivery);
  SB_COUNT_UP(session->blocks, 1);
  SB_COUNT_UP(session->frames, block->frames);
  SB_COUNT_UP(session->lost_frames, block->lost_before);
}

void *sb_source_thread(void *argument) {
  sb_session *session = argument;
  sb_node *node = session->source;
  const sb_format *format = &node->format;
  const uint32_t stride = sb_stride(format->channels, format->values);
  const size_t floats = (size_t)session->block_frames * stride;
  float *data = aligned_alloc(64, (floats * sizeof(float) + 63) & ~(size_t)63);
  sb_event events[SB_BLOCK_MAX_EVENTS];
  uint64_t sequence = 0, next_frame = 0;
  pacing pace = {.realtime = sb_realtime_enter("source", -1, session->speed > 0 ? SB_PRIORITY_SOURCE : 0)};
  atomic_store(&session->is_realtime, pace.realtime.granted);
  if (data) memset(data, 0, floats * sizeof(float));

  while (data && !atomic_load_explicit(&session->run.quit, memory_order_relaxed)) {
    if (session->end_frame && next_frame >= session->end_frame) break;
    const uint64_t left = session->end_frame ? session->end_frame - next_frame : UINT64_MAX;
    const uint32_t asked = left < session->block_frames ? (uint32_t)left : session->block_frames;
    sb_block block = {
        .size = sizeof block,
        .sequence = sequence,
        .first_frame = next_frame,
        .rate_hz = format->rate_hz,
        .frames = asked,
        .channels = format->channels,
        .values = format->values,
        .stride = stride,
        .data = data,
        .events = events,
    };
    sb_node_apply_changes(node);
    const uint64_t before = sb_ticks();
    const sb_status status = node->foreign ? sb_foreign_read(node->foreign, &block)
                                           : node->source->read(node->self, &block);
    if (status == SB_AGAIN || (status == SB_OK && block.frames == 0)) {
      SB_COUNT_UP(session->waits, 1);
      sb_bell_ring(&session->activity);
      sleep_until(sb_clock_now_ns() + RETRY_NS);
      continue;
    }
    const bool is_sound = status == SB_OK && block.frames <= asked && block.event_count <= SB_BLOCK_MAX_EVENTS;
    if (!is_sound) {
      if (status != SB_END) SB_COUNT_UP(node->faults, 1);
      break;
    }
    sb_histogram_add(&node->ticks, sb_ticks() - before);
    SB_COUNT_UP(node->blocks, 1);
    SB_COUNT_UP(node->frames, block.frames);
    bound_loss(session, &block);
    block.first_frame += block.lost_before;
    if (block.lost_before) block.flags |= SB_BLOCK_GAP;
    next_frame = block.first_frame + block.frames;
    sequence++;
    const int64_t ready_ns = stamp(session, &block, &pace);
    attach_marks(session, &block);
    deliver(session, &block, ready_ns);
  }
  free(data);
  atomic_store(&session->ended, true);
  sb_bell_ring(&session->activity);
  return NULL;
}
