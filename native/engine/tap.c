/* SPDX-License-Identifier: Apache-2.0 */
#include "tap.h"

#include <math.h>
#include <stdlib.h>

#include "error.h"
#include "node.h"

enum { MIN_BYTES = 1 << 16, MIN_PACKETS = 4, POPULATED_BYTES = 1 << 20 };
static const double MAX_BYTES = 1 << 28;

sb_tap *sb_tap_create(const sb_node *upstream, double seconds) {
  const sb_format *format = &upstream->format;
  const double packet = (double)sb_outlet_packet_bytes(format, true) + 128;
  const double row = (double)format->channels * format->values * sizeof(float);
  /* Blocks may be shorter than max_frames: allow one packet header for every 8 frames. */
  double bytes = ceil(seconds * format->rate_hz) * (row + 32) + MIN_PACKETS * packet;
  bytes = fmin(fmax(bytes, MIN_BYTES), fmax(MAX_BYTES, MIN_PACKETS * packet));
  sb_tap *tap = calloc(1, sizeof *tap);
  if (tap) tap->ring = sb_ring_create((size_t)bytes);
  if (!tap || !tap->ring) {
    free(tap);
    sb_error(SB_NO_MEMORY, "no memory for a tap of %.0f bytes", bytes);
    return NULL;
  }
  sb_ring_populate(tap->ring, POPULATED_BYTES); /* a larger tap takes the rest as it fills for the first time */
  tap->outlet = (sb_outlet){.ring = tap->ring, .compact = true};
  return tap;
}

void *sb_tap_memory(const sb_tap *tap) { return sb_ring_memory(tap->ring); }

double sb_tap_bytes(const sb_tap *tap) { return 2.0 * (double)sb_ring_capacity(tap->ring); }

double sb_tap_peek(const sb_tap *tap) {
  const uint8_t *packet = sb_ring_peek(tap->ring);
  return packet ? (double)(packet - (const uint8_t *)sb_ring_memory(tap->ring)) : -1;
}

void sb_tap_release(sb_tap *tap) { sb_ring_release(tap->ring); }

double sb_tap_lost(const sb_tap *tap) { return (double)atomic_load_explicit(&tap->outlet.lost, memory_order_relaxed); }

void sb_tap_destroy(sb_tap *tap) {
  if (!tap) return;
  sb_ring_destroy(tap->ring);
  free(tap);
}
