/* SPDX-License-Identifier: Apache-2.0
 *
 * The latest frames of each channel, seen through a window that moves on by `hop` frames each time it is full.
 *
 *     if (!sliding_window_take(&window, row)) continue;         // one frame
 *     use(sliding_window_channel(&window, c));                  // [size], oldest first
 *     sliding_window_advance(&window);
 */
#ifndef SLIDING_WINDOW_H
#define SLIDING_WINDOW_H

#include <stagebox/status.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct sliding_window {
  uint32_t size, hop, channels;
  uint32_t *filled; /* frames there now; stands in front of the samples, so that both are one state */
  float *samples;   /* [channels][size] */
} sliding_window;

static inline uint32_t sliding_window_bytes(const sliding_window *window) {
  return sizeof(uint32_t) + window->channels * window->size * (uint32_t)sizeof(float);
}

/* False if memory is short. */
static inline bool sliding_window_open(sliding_window *window, uint32_t size, uint32_t hop, uint32_t channels) {
  *window = (sliding_window){.size = size, .hop = hop, .channels = channels};
  window->filled = calloc(1, sliding_window_bytes(window));
  window->samples = (float *)(void *)(window->filled + 1);
  return window->filled != NULL;
}

static inline void sliding_window_close(sliding_window *window) {
  free(window->filled);
  window->filled = NULL;
}

/* Takes one frame; true: the window is full, and must be advanced before the next. [rt] */
static inline bool sliding_window_take(sliding_window *window, const float *row) {
  const uint32_t at = *window->filled;
  for (uint32_t c = 0; c < window->channels; c++) window->samples[(size_t)c * window->size + at] = row[c];
  return ++*window->filled == window->size;
}

static inline const float *sliding_window_channel(const sliding_window *window, uint32_t channel) {
  return window->samples + (size_t)channel * window->size;
}

/* Forgets the oldest frames. [rt] */
static inline void sliding_window_advance(sliding_window *window) {
  const uint32_t kept = window->size - window->hop;
  for (uint32_t c = 0; c < window->channels; c++) {
    float *samples = window->samples + (size_t)c * window->size;
    memmove(samples, samples + window->hop, kept * sizeof(float));
  }
  *window->filled = kept;
}

static inline void sliding_window_save(const sliding_window *window, void *out) {
  memcpy(out, window->filled, sliding_window_bytes(window));
}

/* SB_INVALID, and nothing changed, if the bytes are not those of such a window. [rt] */
static inline sb_status sliding_window_load(sliding_window *window, const void *bytes, uint32_t count) {
  uint32_t filled;
  if (count != sliding_window_bytes(window)) return SB_INVALID;
  memcpy(&filled, bytes, sizeof filled);
  if (filled >= window->size) return SB_INVALID;
  memcpy(window->filled, bytes, count);
  return SB_OK;
}

#endif
