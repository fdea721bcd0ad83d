/* SPDX-License-Identifier: Apache-2.0 */
#include "history.h"

#include <stdlib.h>
#include <string.h>

enum { LANES = SB_HISTORY_LANES, LEAST_WINDOW = 256 };

static size_t past_floats(const sb_history *history) { return (size_t)history->past * LANES; }

bool sb_history_open(sb_history *history, uint32_t stride, uint32_t past) {
  const uint32_t window = past > LEAST_WINDOW ? past : LEAST_WINDOW;
  const size_t pitch = ((size_t)past + window + 1) * LANES; /* one row more, so that rows can be read in pairs */
  const size_t bytes = (stride / LANES * pitch * sizeof(float) + 63) / 64 * 64;
  *history = (sb_history){.stride = stride, .past = past, .window = window, .next = past, .pitch = pitch};
  history->rows = aligned_alloc(64, bytes);
  if (history->rows) memset(history->rows, 0, bytes);
  return history->rows != NULL;
}

void sb_history_close(sb_history *history) {
  free(history->rows);
  history->rows = NULL;
}

static float *latest(const sb_history *history, uint32_t group) {
  return history->rows + group * history->pitch + (size_t)history->next * LANES - past_floats(history);
}

uint32_t sb_history_push(sb_history *history, const float *in, size_t frames, uint32_t *first) {
  const uint32_t count = frames < history->window ? (uint32_t)frames : history->window;
  const uint32_t groups = history->stride / LANES;
  if (history->next + count > history->past + history->window) {
    for (uint32_t group = 0; group < groups; group++)
      memmove(history->rows + group * history->pitch, latest(history, group), past_floats(history) * sizeof(float));
    history->next = history->past;
  }
  for (uint32_t group = 0; group < groups; group++) {
    float *to = history->rows + group * history->pitch + (size_t)history->next * LANES;
    const float *from = in + (size_t)group * LANES;
    for (uint32_t row = 0; row < count; row++, to += LANES, from += history->stride) memcpy(to, from, LANES * sizeof(float));
  }
  *first = history->next;
  history->next += count;
  return count;
}

size_t sb_history_bytes(const sb_history *history) { return (size_t)history->stride * history->past * sizeof(float); }

void sb_history_save(const sb_history *history, void *bytes) {
  const size_t each = past_floats(history) * sizeof(float);
  for (uint32_t group = 0; group < history->stride / LANES; group++)
    memcpy((char *)bytes + group * each, latest(history, group), each);
}

void sb_history_load(sb_history *history, const void *bytes) {
  const size_t each = past_floats(history) * sizeof(float);
  for (uint32_t group = 0; group < history->stride / LANES; group++)
    memcpy(latest(history, group), (const char *)bytes + group * each, each);
}
