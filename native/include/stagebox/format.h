/* SPDX-License-Identifier: Apache-2.0
 *
 * A format says what flows over a connection: fixed when a stage is activated, the same for every
 * block until it is deactivated.
 *
 * All kinds share one layout, frames of float32 rows in which the channel is the fastest axis:
 *
 *     data[frame * stride + value * channels + channel]
 *
 * signal    values = 1
 * spectrum  values = bins; bin b is the frequency b * bin_hz
 * features  values = named quantities, value_names[value]
 */
#ifndef STAGEBOX_FORMAT_H
#define STAGEBOX_FORMAT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sb_port { /* ffi */
  SB_PORT_NONE = 0,
  SB_PORT_SIGNAL = 1,
  SB_PORT_SPECTRUM = 2,
  SB_PORT_FEATURES = 3,
} sb_port;

typedef struct sb_format {
  uint32_t size;        /* sizeof(sb_format): this struct grows only at its end */
  uint32_t port;        /* an sb_port */
  double rate_hz;       /* frames per second; 0: irregular, each frame carries its own time */
  uint32_t channels;
  uint32_t values;      /* values per channel in one frame */
  uint32_t max_frames;  /* no block has more frames than this */
  uint32_t reserved;
  double bin_hz;        /* spectrum: distance of two bins; otherwise 0 */
  const char *unit;     /* "uV", "uV^2/Hz", "1" ...; one for all values */
  /* [channels] and [values] strings. A stage that leaves them as it found them passes its input's
   * names on; the host copies what they point to as soon as activate returns. value_names is NULL
   * unless port is features. */
  const char *const *channel_names;
  const char *const *value_names;
} sb_format;

/* Floats in a row of the given width: rounded up so that every row starts on a SIMD boundary. The lanes
 * behind the last value are there to be computed with, and hold finite numbers (zero from a source). */
static inline uint32_t sb_stride(uint32_t channels, uint32_t values) {
  return (channels * values + 7u) & ~7u;
}

#ifdef __cplusplus
}
#endif
#endif
