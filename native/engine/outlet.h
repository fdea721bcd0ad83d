/* SPDX-License-Identifier: Apache-2.0
 *
 * The writing end of a connection: turns blocks into packets in a ring, numbers them, and when the ring is full
 * either waits (lossless) or counts what was lost and says so in the next packet.
 */
#ifndef STAGEBOX_OUTLET_H
#define STAGEBOX_OUTLET_H

#include <stagebox/stagebox.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "futex.h"
#include "ring.h"

typedef struct sb_outlet {
  sb_ring *ring;
  sb_bell *activity;     /* rung when a packet enters an empty ring, or none fits; NULL: nobody listens */
  bool compact;          /* rows without padding */
  uint64_t sequence;
  uint32_t unreported;   /* frames lost since the last packet */
  _Atomic uint64_t lost; /* frames lost in all */
} sb_outlet;

/* Bytes of the largest packet of this format. [any] */
size_t sb_outlet_packet_bytes(const sb_format *format, bool compact);

/* With `lossless`, waits for room until *quit. [rt] */
void sb_outlet_write(sb_outlet *outlet, const sb_block *block, uint32_t port, int64_t ready_ns, bool lossless,
                     const _Atomic bool *quit);

/* A view of a packet with padded rows: the block it was made from, in the ring's memory. [rt] */
void sb_packet_view(sb_packet *packet, sb_block *out);

#endif
