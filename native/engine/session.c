/* SPDX-License-Identifier: Apache-2.0
 *
 * A session runs one source and the plan behind it.
 *
 * Threads: the source's (source_thread.c) hands blocks out under the delivery lock; every group's (group.c) takes
 * packets from its ring. While the lock is held nothing new starts, so a live edit is: take the lock, wait until the
 * groups' rings are empty, put the new programs in place of the old, let go. Stages are made ready before and
 * destroyed afterwards; the lock is held for as long as the packets under way need, some microseconds. A group that is
 * too slow for its signal never gets to the end of its ring: after a while it passes over what waits there, which it
 * would have lost anyway, so that whatever makes it slow can be taken out.
 */
#include "session.h"

#include <stdlib.h>

#include "error.h"
#include "ticks.h"
#include "wiring.h"

enum { POLL_NS = 20000, PATIENCE_NS = 250000000, LONGEST_BLOCK_NS = 1000000000, STATES_NS = 200000000 };
static const double CLOCK_HALF_TIME_S = 90; /* as liblsl's */

sb_session *sb_session_create(sb_node *source, uint32_t block_frames, double speed, uint32_t lossless) {
  const sb_format *format = &source->format;
  if (!source->source || !source->active || !(format->rate_hz > 0) || block_frames == 0 ||
      block_frames > format->max_frames || !(speed >= 0)) {
    sb_error(SB_INVALID,
             "a session needs an active source with a rate, blocks of 1 to max_frames frames, a speed of at least 0");
    return NULL;
  }
  sb_session *session = calloc(1, sizeof *session);
  if (!session) return NULL;
  session->source = source;
  session->block_frames = block_frames;
  session->speed = speed;
  session->run.live = speed > 0;
  session->run.lossless = lossless != 0;
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(&session->delivery, &attributes);
  pthread_mutexattr_destroy(&attributes);
  sb_clock_init(&session->clock, source->format.rate_hz, CLOCK_HALF_TIME_S);
  return session;
}

void sb_session_end_after(sb_session *session, double frames) {
  session->end_frame = frames >= 1 ? (uint64_t)frames : 1;
}

/* Groups in an order in which each comes after the one that feeds it: seen empty in this order, all are. */
static bool all_idle(const sb_session *session) {
  for (uint32_t g = 0; g < session->group_count; g++)
    if (!sb_group_is_idle(session->groups[g])) return false;
  return true;
}

static bool wait_idle(sb_session *session, int64_t deadline_ns, bool skip) {
  atomic_store(&session->run.skip, skip);
  while (!all_idle(session) && sb_clock_now_ns() < deadline_ns) nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
  atomic_store(&session->run.skip, false);
  return all_idle(session);
}

/* The system's clock may jump: then this returns early or late, and the caller tries again. */
static bool lock_within(pthread_mutex_t *mutex, uint32_t timeout_us) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  const int64_t end_ns = now.tv_nsec + (int64_t)timeout_us * 1000;
  const struct timespec end = {.tv_sec = now.tv_sec + end_ns / 1000000000, .tv_nsec = end_ns % 1000000000};
  return pthread_mutex_timedlock(mutex, &end) == 0;
}

int32_t sb_session_swap(sb_session *session, sb_plan *plan, uint32_t timeout_us) {
  const int64_t now = sb_clock_now_ns();
  if (plan->wiring && !sb_wiring_fits(plan->wiring, session)) { /* another plan came first */
    sb_wiring_destroy(plan->wiring);
    plan->wiring = NULL;
  }
  if (!plan->wiring) {
    plan->tried_ns = now;
    const sb_status status = sb_wiring_create(session, plan, &plan->wiring);
    if (status != SB_OK) return status;
  }
  if (!lock_within(&session->delivery, timeout_us)) return SB_AGAIN;
  const bool is_patient = session->run.lossless || now - plan->tried_ns < PATIENCE_NS;
  const int64_t deadline_ns = now + (is_patient ? (int64_t)timeout_us * 1000 : LONGEST_BLOCK_NS);
  const bool idle = wait_idle(session, deadline_ns, !is_patient);
  if (idle) {
    /* The source waits meanwhile, and the rings hold half a second: one that takes its time goes without a state. */
    const int64_t until_ns = sb_clock_now_ns() + STATES_NS;
    for (uint32_t i = 0; i < plan->heir_count; i++)
      sb_node_inherit(plan->heirs[i].to, plan->heirs[i].from, sb_clock_now_ns() < until_ns);
    sb_wiring_put_in_place(plan->wiring, session);
  }
  pthread_mutex_unlock(&session->delivery);
  if (!idle) return SB_AGAIN;
  sb_plan_destroy(plan); /* and with its wiring what ran until now */
  return SB_OK;
}

int32_t sb_session_start(sb_session *session) {
  if (session->started) return sb_error(SB_WRONG_STATE, "the session runs already");
  session->started = true;
  for (uint32_t g = 0; g < session->group_count; g++)
    if (!sb_group_start(session->groups[g]))
      return sb_error(SB_NO_MEMORY, "no thread for group \"%s\"", session->groups[g]->name);
  if (pthread_create(&session->thread, NULL, sb_source_thread, session) == 0) return SB_OK;
  session->started = false;
  return sb_error(SB_NO_MEMORY, "no thread for the source");
}

int32_t sb_session_mark(sb_session *session, const char *label, double duration_s) {
  const uint32_t written = atomic_load_explicit(&session->marks_written, memory_order_relaxed);
  if (written - atomic_load_explicit(&session->marks_read, memory_order_acquire) == SB_SESSION_MARKS)
    return sb_error(SB_FULL, "%d markers are waiting already; try again in a moment", SB_SESSION_MARKS);
  sb_mark *mark = &session->marks[written % SB_SESSION_MARKS];
  *mark = (sb_mark){.duration_s = (float)duration_s, .time_ns = sb_clock_now_ns()};
  sb_event_set_label(mark->label, label);
  atomic_store_explicit(&session->marks_written, written + 1, memory_order_release);
  return SB_OK;
}

void sb_session_wait(sb_session *session, uint32_t timeout_us) {
  sb_bell_wait(&session->activity, session->seen_activity, (int64_t)timeout_us * 1000);
  session->seen_activity = sb_bell_count(&session->activity);
}

int32_t sb_session_has_ended(const sb_session *session) { return atomic_load(&session->ended) && all_idle(session); }

void sb_session_stats(const sb_session *session, double *out) {
  out[SB_SESSION_BLOCKS] = (double)atomic_load_explicit(&session->blocks, memory_order_relaxed);
  out[SB_SESSION_FRAMES] = (double)atomic_load_explicit(&session->frames, memory_order_relaxed);
  out[SB_SESSION_LOST_FRAMES] = (double)atomic_load_explicit(&session->lost_frames, memory_order_relaxed);
  out[SB_SESSION_WAITS] = (double)atomic_load_explicit(&session->waits, memory_order_relaxed);
  out[SB_SESSION_START_NS] = (double)atomic_load(&session->start_ns);
  out[SB_SESSION_DRIFT_PPM] = atomic_load_explicit(&session->drift_ppm, memory_order_relaxed);
  out[SB_SESSION_JITTER_NS] = atomic_load_explicit(&session->jitter_ns, memory_order_relaxed);
  out[SB_SESSION_P50_WAKE_NS] = sb_histogram_quantile(&session->wake_ns, 0.5);
  out[SB_SESSION_P99_WAKE_NS] = sb_histogram_quantile(&session->wake_ns, 0.99);
  out[SB_SESSION_MAX_WAKE_NS] = (double)atomic_load_explicit(&session->wake_ns.maximum, memory_order_relaxed);
  out[SB_SESSION_REALTIME] = atomic_load(&session->is_realtime);
}

const char *sb_session_group_stats(const sb_session *session, uint32_t index, double *out) {
  if (index >= session->group_count) return NULL;
  sb_group_stats(session->groups[index], out);
  return session->groups[index]->name;
}

void sb_session_stop(sb_session *session) {
  if (!session->started) return;
  atomic_store(&session->run.quit, true);
  for (uint32_t g = 0; g < session->group_count; g++) sb_ring_wake(session->groups[g]->ring);
  pthread_join(session->thread, NULL);
  session->started = false;
}

void sb_session_destroy(sb_session *session) {
  if (!session) return;
  sb_session_stop(session);
  /* Off line too: a plugin may take seconds for a block, and whoever calls this waits. */
  atomic_store(&session->run.skip, !wait_idle(session, sb_clock_now_ns() + PATIENCE_NS, false));
  /* First what feeds, then what is fed: each group ends with its ring empty. */
  for (uint32_t g = 0; g < session->group_count; g++) sb_group_destroy(session->groups[g]);
  sb_program_destroy(session->source_program);
  pthread_mutex_destroy(&session->delivery);
  free(session);
}
