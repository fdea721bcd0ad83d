/* SPDX-License-Identifier: Apache-2.0
 *
 * The feed functions of stagebox_engine.h: a replay node's feed, for the control plane.
 */
#include "replay.h"
#include "error.h"
#include "node.h"

enum { MAX_CHANNELS = 65536 };
static const double MAX_FEED_BYTES = 1 << 30;

/* The place of the node's feed; NULL, with words, if it is no replay. */
static sb_feed **feed_of(sb_node *node) {
  if (node->source == &sb_source_replay) return sb_replay_feed(node->self);
  sb_error(SB_INVALID, "only a replay source can be fed");
  return NULL;
}

int32_t sb_feed_open(sb_node *node, double rate_hz, uint32_t channels, const char *names, const char *unit,
                     uint32_t capacity) {
  if (node->source == &sb_source_replay && !node->self) {
    const sb_status status = node->source->create(&sb_engine_host, node->values, &node->self);
    if (status != SB_OK) return status;
  }
  sb_feed **feed = feed_of(node);
  if (!feed) return SB_INVALID;
  if (*feed || node->active) return sb_error(SB_WRONG_STATE, "the replay has its recording already");
  if (!(rate_hz > 0 && rate_hz <= 1e9)) return sb_error(SB_INVALID, "a rate of %g Hz cannot be played", rate_hz);
  if (channels == 0 || channels > MAX_CHANNELS || capacity == 0 ||
      (double)channels * capacity * sizeof(float) > MAX_FEED_BYTES)
    return sb_error(SB_INVALID, "%u channels x %u frames cannot be held ready", channels, capacity);
  *feed = sb_feed_create(rate_hz, channels, names, unit, capacity);
  return *feed ? SB_OK : sb_error(SB_NO_MEMORY, "out of memory");
}

int32_t sb_feed_write(sb_node *node, const float *samples, uint32_t frames) {
  sb_feed **feed = feed_of(node);
  return feed && *feed ? (int32_t)sb_feed_append(*feed, samples, frames < INT32_MAX ? frames : INT32_MAX) : SB_INVALID;
}

static int32_t mark(sb_node *node, double frame, uint32_t lost, double duration_s, const char *label) {
  sb_feed **feed = feed_of(node);
  if (!feed || !*feed || !(frame >= 0 && frame < 1e15)) return SB_INVALID;
  sb_feed_mark at = {.frame = (uint64_t)frame, .lost = lost, .duration_s = (float)duration_s};
  sb_event_set_label(at.label, label);
  return sb_feed_mark_at(*feed, &at);
}

int32_t sb_feed_event(sb_node *node, double frame, double duration_s, const char *label) {
  return mark(node, frame, 0, duration_s, label);
}

int32_t sb_feed_gap(sb_node *node, double frame, uint32_t lost) { return mark(node, frame, lost, 0, ""); }

void sb_feed_end(sb_node *node) {
  sb_feed **feed = feed_of(node);
  if (feed && *feed) atomic_store_explicit(&(*feed)->ended, true, memory_order_release);
}
