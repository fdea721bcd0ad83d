/* SPDX-License-Identifier: Apache-2.0
 *
 * A ramp as a source (every sample of frame n is n), and a reader of taps that counts everything it finds lost, repeated
 * or out of order.
 */
#ifndef STAGEBOX_RAMP_H
#define STAGEBOX_RAMP_H

#include <stagebox/stagebox.h>
#include <stagebox_engine.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { CHANNELS = 3, BLOCK = 32 };

typedef struct bench {
  sb_node *source;
  sb_session *session;
  uint64_t fed;
} bench;

static inline sb_node *open_source(double rate_hz) {
  sb_node *source = sb_node_create(NULL, "replay", 1);
  CHECK_EQUAL(sb_feed_open(source, rate_hz, CHANNELS, "Fp1\0Fp2\0O1", "uV", 1 << 15), SB_OK);
  CHECK_EQUAL(sb_node_activate(source, NULL, BLOCK), SB_OK);
  return source;
}

/* Tops the source up with the ramp, to `total` frames in all. */
static inline void feed(bench *b, uint64_t total) {
  static float rows[4096 * CHANNELS];
  while (b->fed < total) {
    const uint32_t count = total - b->fed < 4096 ? (uint32_t)(total - b->fed) : 4096;
    for (uint32_t i = 0; i < count * CHANNELS; i++) rows[i] = (float)(b->fed + i / CHANNELS);
    const uint32_t taken = (uint32_t)sb_feed_write(b->source, rows, count);
    b->fed += taken;
    if (taken < count) return;
  }
  sb_feed_end(b->source);
}

static inline sb_node *open_stage(const char *type, sb_node *upstream) {
  sb_node *node = sb_node_create(NULL, type, 0);
  CHECK_EQUAL(sb_node_activate(node, upstream, BLOCK), SB_OK);
  return node;
}

/* What arrived at a tap. */
typedef struct arrival {
  uint64_t packets, frames, lost, wrong_sequence, wrong_frame, wrong_data, events;
  float factor;
} arrival;

static inline void drain(sb_tap *tap, arrival *a) {
  for (double at; (at = sb_tap_peek(tap)) >= 0; sb_tap_release(tap)) {
    const uint8_t *bytes = (const uint8_t *)sb_tap_memory(tap) + (size_t)at;
    const sb_packet *packet = (const sb_packet *)(const void *)bytes;
    const float *rows = (const float *)(const void *)(bytes + packet->data_offset);
    if (packet->sequence != a->packets) a->wrong_sequence++;
    a->lost += packet->lost_before;
    if (packet->first_frame != a->frames + a->lost) a->wrong_frame++;
    for (uint32_t i = 0; i < packet->frames * packet->stride; i++)
      if (fabsf(rows[i] / a->factor - (float)(packet->first_frame + i / packet->stride)) > 1e-3f) a->wrong_data++;
    a->packets++;
    a->frames += packet->frames;
    a->events += packet->event_count;
  }
}

static inline bool has_ended(const sb_session *session) { return sb_session_has_ended(session); }

static inline void swap(sb_session *session, sb_plan *plan, sb_tap *tap, arrival *a) {
  int32_t status;
  while ((status = sb_session_swap(session, plan, 2000)) == SB_AGAIN) drain(tap, a);
  CHECK_EQUAL(status, SB_OK);
}

#endif
