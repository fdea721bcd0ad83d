/* SPDX-License-Identifier: Apache-2.0
 *
 * How large an output may be: the same for a built-in stage, for what a plugin's process says, and for the checker.
 */
#ifndef STAGEBOX_FORMAT_LIMITS_H
#define STAGEBOX_FORMAT_LIMITS_H

#include <stagebox/format.h>
#include <stdbool.h>
#include <stdint.h>

enum { SB_FORMAT_MAX_WIDTH = 1 << 20, SB_FORMAT_MAX_BLOCK_FLOATS = 1 << 26 };

/* Of an output that is one: a sink's has no width. */
static inline bool sb_format_has_possible_shape(const sb_format *format) {
  const uint64_t width = (uint64_t)format->channels * format->values;
  return width > 0 && width <= SB_FORMAT_MAX_WIDTH && format->max_frames > 0 &&
         width * format->max_frames <= SB_FORMAT_MAX_BLOCK_FLOATS;
}

/* 0: irregular. */
static inline bool sb_format_has_possible_rate(const sb_format *format) {
  return format->rate_hz >= 0 && format->rate_hz <= 1e9;
}

#endif
