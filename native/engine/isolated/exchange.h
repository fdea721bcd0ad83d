/* SPDX-License-Identifier: Apache-2.0
 *
 * What the engine shares with a plugin's process: a ring of requests, a ring of replies, and a place for the instance's
 * saved state. Both sides compute the same layout from the two formats, so that no offset needs to be passed or
 * believed.
 *
 * A record of either ring is a parcel: its head, then at fixed places the rows, times and events of a block.
 */
#ifndef STAGEBOX_EXCHANGE_H
#define STAGEBOX_EXCHANGE_H

#include <stagebox/stagebox.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "ring.h"
#include "saved_state.h"

typedef enum sb_parcel_kind {
  SB_PARCEL_PROCESS = 1, /* a block, answered with a block */
  SB_PARCEL_SET,         /* a live parameter: param, number; not answered */
  SB_PARCEL_SAVE,        /* save the state now; answered */
  SB_PARCEL_LOAD,        /* take over the state in `given`: count bytes; answered */
  SB_PARCEL_QUIT,        /* not answered */
} sb_parcel_kind;

typedef struct sb_parcel {
  uint32_t kind;
  int32_t status;        /* of a reply */
  uint64_t ticket;       /* a reply carries its request's; they count from 1. A source's replies count by themselves */
  uint64_t sequence, first_frame; /* from here on as in sb_block */
  int64_t time_ns;
  uint32_t flags, frames, lost_before, event_count;
  uint32_t param, count;
  double number;
  uint32_t channels, values, stride, unused;
  uint64_t reserved[5];
} sb_parcel;
_Static_assert(sizeof(sb_parcel) == 128, "rows behind it are aligned to 64 bytes");

/* Flags of a block that mean something; the others are the other side's to set and nobody's to pass on. */
enum { SB_PARCEL_FLAGS = SB_BLOCK_GAP | SB_BLOCK_LATE | SB_BLOCK_CLIPPED | SB_BLOCK_DRY | SB_BLOCK_ARTEFACT };

enum { SB_EXCHANGE_CONTROL_BYTES = 4096 }; /* room for requests without a block */

/* Where the parts of a parcel for blocks of one format lie. */
typedef struct sb_parcel_layout {
  uint32_t max_frames, channels, values, stride;
  double rate_hz;
  size_t fence_offset, times_offset, events_offset, bytes; /* from the parcel's head */
} sb_parcel_layout;

/* `format` must be possible (sb_format_is_possible). */
sb_parcel_layout sb_parcel_layout_of(const sb_format *format);
bool sb_format_is_possible(const sb_format *format);

/* Room for as many parcels as an instance may be behind, or a source ahead. */
size_t sb_exchange_ring_bytes(const sb_parcel_layout *layout, bool is_source);

/* The block that lies in a parcel of somebody who can be trusted. [rt] */
sb_block sb_parcel_block(const sb_parcel_layout *layout, sb_parcel *parcel);

/* Puts a block's numbers into the head of its parcel. [rt] */
void sb_parcel_put_head(sb_parcel *parcel, const sb_block *block);

/* A word right behind the rows, which an instance that writes beyond them writes over. [rt] */
void sb_parcel_put_fence(const sb_parcel_layout *layout, sb_parcel *parcel);

/* Fills a parcel with a block (kind and ticket are the caller's). [rt] */
void sb_parcel_write(const sb_parcel_layout *layout, sb_parcel *parcel, const sb_block *block);

/* Whether a parcel of somebody who is not to be trusted, whose head was copied before and is in `head`, is a block of
 * that layout, with its fence in its place. [rt] */
bool sb_parcel_is_sound(const sb_parcel_layout *layout, const sb_parcel *head, const sb_parcel *parcel);

/* Fills `out` from it, if it is. Numbers and labels are whatever they are. [rt] */
bool sb_parcel_read(const sb_parcel_layout *layout, const sb_parcel *head, const sb_parcel *parcel, sb_block *out);

/* Copies what another process may be writing to, once: what is decided about the copy stays decided. [rt] */
static inline sb_parcel sb_parcel_head(const sb_parcel *parcel) {
  sb_parcel head;
  memcpy(&head, parcel, sizeof head);
  __asm__ volatile("" ::: "memory");
  return head;
}

/* ---- the state, in a memfd of its own ---- */

typedef struct sb_state_area sb_state_area;

/* Room for states of `bytes` bytes. *descriptor is the caller's to pass on and close. NULL if memory is short. */
sb_state_area *sb_state_area_create(uint32_t bytes, int *descriptor);
sb_state_area *sb_state_area_attach(int descriptor, uint32_t bytes);
void sb_state_area_destroy(sb_state_area *area);

/* The process saves into the place that does not hold the latest state, and then makes it the latest. */
void *sb_state_area_begin(sb_state_area *area);
void sb_state_area_commit(sb_state_area *area);

/* Copies the latest state; returns its bytes, 0 if there is none, or none that stands still. */
uint32_t sb_state_area_latest(const sb_state_area *area, void *out);

/* Where the engine puts a state that the instance is to take over: room for `bytes`. */
void *sb_state_area_given(sb_state_area *area);

#endif
