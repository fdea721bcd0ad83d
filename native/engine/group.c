/* SPDX-License-Identifier: Apache-2.0 */
#include "group.h"

#include <math.h>
#include <stdlib.h>

#include "realtime.h"
#include "ticks.h"

enum { RING_PACKETS = 16, MAX_RING_BYTES = 1 << 27, WAIT_NS = 100000000, OFFLINE_SPINS = 500 };
static const double RING_S = 0.5;

/* Half a second of signal, or some packets; no more than that, so that small blocks pass through the nearest cache. */
static size_t ring_bytes(const sb_format *input) {
  const double row = sb_stride(input->channels, input->values) * sizeof(float);
  const double signal = input->rate_hz * RING_S * (row + 32); /* a packet's header on at least 8 frames, spread */
  const double packets = RING_PACKETS * (row * input->max_frames + 256);
  const double largest = 4 * ((double)sb_outlet_packet_bytes(input, false) + 128);
  return (size_t)fmax(largest, fmin(fmax(signal, packets), MAX_RING_BYTES));
}

sb_group *sb_group_create(const char *name, int core, const sb_format *input, const sb_run *run, double speed) {
  sb_group *group = calloc(1, sizeof *group);
  if (!group) return NULL;
  strncpy(group->name, name, sizeof group->name - 1);
  group->core = core;
  group->run = run;
  group->tick_ns = sb_tick_ns();
  group->speed = speed;
  group->wants_realtime = speed > 0;
  group->ring = sb_ring_create(ring_bytes(input));
  group->inlet.ring = group->ring;
  if (!group->ring) {
    free(group);
    return NULL;
  }
  sb_ring_populate(group->ring, SIZE_MAX);
  return group;
}

/* A block must be done when the next one is there. */
static void account(sb_group *group, double deadline_ns, uint64_t ticks) {
  SB_COUNT_UP(group->blocks, 1);
  if (ticks) sb_histogram_add(&group->ticks, ticks);
  if (deadline_ns <= 0) return;
  atomic_store_explicit(&group->deadline_ns, deadline_ns, memory_order_relaxed);
  if ((double)ticks * group->tick_ns > deadline_ns) SB_COUNT_UP(group->overruns, 1);
  if (!sb_ring_is_empty(group->ring)) SB_COUNT_UP(group->late, 1);
}

static bool skip(sb_group *group, const sb_packet *packet) {
  group->skipped += packet->frames + packet->lost_before;
  atomic_fetch_add_explicit(&group->inlet.lost, packet->frames, memory_order_relaxed);
  sb_ring_release(group->ring);
  return true;
}

bool sb_group_step(sb_group *group) {
  sb_packet *packet = sb_ring_peek(group->ring);
  if (!packet) return false;
  if (atomic_load_explicit(&group->run->skip, memory_order_relaxed)) return skip(group, packet);
  sb_program *program = atomic_load_explicit(&group->program, memory_order_acquire);
  sb_block *block = sb_program_input(program);
  sb_packet_view(packet, block);
  if (group->skipped) {
    block->flags |= SB_BLOCK_GAP;
    block->lost_before += group->skipped;
    group->skipped = 0;
  }
  const double pace_hz = packet->rate_hz * group->speed;
  const double deadline_ns = group->speed > 0 && packet->rate_hz > 0 ? packet->frames * 1e9 / pace_hz : 0;
  const uint64_t ticks = sb_program_run(program, packet->ready_ns, group->run);
  sb_ring_release(group->ring);
  group->busy_ticks += ticks;
  account(group, deadline_ns, ticks);
  return true;
}

static void *run_group(void *argument) {
  sb_group *group = argument;
  sb_realtime realtime = sb_realtime_enter(group->name, group->core, group->wants_realtime ? SB_PRIORITY_GROUP : 0);
  atomic_store(&group->is_realtime, realtime.granted);
  /* Off line the next packet is at most some microseconds away. */
  const uint32_t spins = group->speed > 0 ? 0 : OFFLINE_SPINS;
  for (;;) {
    if (sb_group_step(group)) {
      sb_realtime_busy(&realtime, (double)group->busy_ticks * group->tick_ns);
      continue;
    }
    if (atomic_load(&group->quit)) return NULL;
    group->busy_ticks = 0;
    sb_realtime_rested(&realtime);
    sb_ring_wait_record(group->ring, WAIT_NS, spins);
  }
}

bool sb_group_start(sb_group *group) {
  if (!group->started) group->started = pthread_create(&group->thread, NULL, run_group, group) == 0;
  return group->started;
}

bool sb_group_is_idle(const sb_group *group) { return sb_ring_is_empty(group->ring); }

void sb_group_destroy(sb_group *group) {
  if (!group) return;
  atomic_store(&group->quit, true);
  sb_ring_wake(group->ring);
  if (group->started) pthread_join(group->thread, NULL);
  sb_program_destroy(atomic_load(&group->program));
  sb_ring_destroy(group->ring);
  free(group);
}

void sb_group_stats(const sb_group *group, double *out) {
  const double tick_ns = sb_tick_ns();
  out[SB_GROUP_BLOCKS] = (double)atomic_load_explicit(&group->blocks, memory_order_relaxed);
  out[SB_GROUP_OVERRUNS] = (double)atomic_load_explicit(&group->overruns, memory_order_relaxed);
  out[SB_GROUP_LATE] = (double)atomic_load_explicit(&group->late, memory_order_relaxed);
  out[SB_GROUP_LOST_FRAMES] = (double)atomic_load_explicit(&group->inlet.lost, memory_order_relaxed);
  out[SB_GROUP_DEADLINE_NS] = atomic_load_explicit(&group->deadline_ns, memory_order_relaxed);
  out[SB_GROUP_P50_NS] = sb_histogram_quantile(&group->ticks, 0.5) * tick_ns;
  out[SB_GROUP_P99_NS] = sb_histogram_quantile(&group->ticks, 0.99) * tick_ns;
  out[SB_GROUP_MAX_NS] = (double)atomic_load_explicit(&group->ticks.maximum, memory_order_relaxed) * tick_ns;
  out[SB_GROUP_CORE] = group->core;
  out[SB_GROUP_REALTIME] = atomic_load(&group->is_realtime);
}
