/* SPDX-License-Identifier: Apache-2.0
 *
 * A sliding window over the latest rows of a signal, for filters that look back. Groups of 8 channels lie apart, each
 * as rows without gaps, [stride / 8][past + window + 1][8]: a filter walks one group's time through the nearest cache.
 * New rows go behind the old ones; when the end is reached the latest `past` rows move to the front.
 */
#ifndef STAGEBOX_DSP_HISTORY_H
#define STAGEBOX_DSP_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SB_HISTORY_LANES = 8 };

typedef struct sb_history {
  uint32_t stride; /* floats in a row of the signal */
  uint32_t past;   /* rows before a new one that stay readable */
  uint32_t window; /* rows that one push can take */
  uint32_t next;   /* where the next row goes */
  size_t pitch;    /* floats from one group to the next */
  float *rows;
} sb_history;

/* All rows are 0. False if there is no memory. [control] */
bool sb_history_open(sb_history *history, uint32_t stride, uint32_t past);
void sb_history_close(sb_history *history);

/* Takes in[frames x stride] up to `window` rows and returns how many. The first of them is then the row `*first` of
 * every group, and `past` rows before it can be read. [rt] */
uint32_t sb_history_push(sb_history *history, const float *in, size_t frames, uint32_t *first);

static inline const float *sb_history_row(const sb_history *history, uint32_t group, uint32_t row) {
  return history->rows + group * history->pitch + (size_t)row * SB_HISTORY_LANES;
}

/* The latest `past` rows as bytes, at any address. [rt] */
size_t sb_history_bytes(const sb_history *history);
void sb_history_save(const sb_history *history, void *bytes);
void sb_history_load(sb_history *history, const void *bytes);

#endif
