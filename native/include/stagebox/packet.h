/* SPDX-License-Identifier: Apache-2.0
 *
 * A packet is a block as bytes: the one layout in which blocks pass through rings between threads and processes,
 * and to WebSocket clients. All numbers are little-endian; offsets count from the packet's first byte.
 *
 *     header | events (event_count x 64) | times (frames x int64, irregular ports only) | rows (float32)
 */
#ifndef STAGEBOX_PACKET_H
#define STAGEBOX_PACKET_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SB_PACKET_MAGIC 0x31584253u /* "SBX1" */

typedef struct sb_packet { /* ffi */
  uint32_t magic;          /*  0 SB_PACKET_MAGIC */
  uint32_t bytes;          /*  4 the whole packet */
  uint32_t port;           /*  8 an sb_port */
  uint32_t flags;          /* 12 SB_BLOCK_* */
  uint64_t sequence;       /* 16 counts the packets of this connection from 0, those it lost included */
  uint64_t first_frame;    /* 24 index of the first frame since the port began */
  int64_t time_ns;         /* 32 device time of the first frame */
  int64_t ready_ns;        /* 40 CLOCK_MONOTONIC when the source block it descends from was complete */
  double rate_hz;          /* 48 frames per second; 0: irregular, see times */
  uint32_t frames;         /* 56 */
  uint32_t channels;       /* 60 */
  uint32_t values;         /* 64 per channel and frame */
  uint32_t stride;         /* 68 floats from one row to the next */
  uint32_t lost_before;    /* 72 frames missing just before this packet */
  uint32_t event_count;    /* 76 */
  uint32_t events_offset;  /* 80 sb_event[event_count] */
  uint32_t times_offset;   /* 84 int64_t[frames], or 0 */
  uint32_t data_offset;    /* 88 float[frames][stride] */
  uint32_t reserved;       /* 92 */
  uint64_t block_sequence; /* 96 number of the source block it descends from */
} sb_packet;               /* 104 */

#ifdef __cplusplus
}
#endif
#endif
