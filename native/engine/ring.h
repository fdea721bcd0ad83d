/* SPDX-License-Identifier: Apache-2.0
 *
 * A queue of byte records between one writer and one reader, which may be threads or processes.
 *
 * It lies in a memfd whose data part is mapped twice, back to back, so that every record is contiguous. Positions
 * only grow; each side keeps its own to itself, publishes it, and reads the other's. Waiting is a futex on a counter
 * beside each position; nobody makes a system call while nobody waits.
 *
 * The other side may be a process that is not to be trusted: what it wrote is read once and checked. A ring whose rules
 * it broke is broken for good: there is nothing to read from it, and no room.
 */
#ifndef STAGEBOX_RING_H
#define STAGEBOX_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sb_ring sb_ring;

/* NULL if memory is short. Room for at least `bytes` of records, four of the largest or more. [control] */
sb_ring *sb_ring_create(size_t bytes);
void sb_ring_destroy(sb_ring *ring);

/* A ring for two processes: *descriptor is the caller's to pass on and close. Its memory cannot shrink, so that nobody
 * who reads it meets SIGBUS. [control] */
sb_ring *sb_ring_create_shared(size_t bytes, int *descriptor);
/* The same ring in the other process; `bytes` as it was created with. NULL if the descriptor is not such a ring.
 * [control] */
sb_ring *sb_ring_attach(int descriptor, size_t bytes);

/* Takes the ring's memory now, its first `most` bytes, so that no page fault awaits who writes there. [control] */
void sb_ring_populate(sb_ring *ring, size_t most);

size_t sb_ring_capacity(const sb_ring *ring);
void *sb_ring_memory(const sb_ring *ring); /* 2 x capacity bytes, the second half mirrors the first */

/* Room for a record of `bytes` bytes (64-byte aligned), or NULL if the ring is full now. Never blocks. [writer, rt] */
void *sb_ring_reserve(sb_ring *ring, size_t bytes);
/* Hands the reserved record over. [writer, rt] */
void sb_ring_commit(sb_ring *ring);

/* The oldest record, or NULL. It stays until released. Never blocks. [reader, rt] */
void *sb_ring_peek(sb_ring *ring);
/* Bytes of the record peeked at, at least those asked for. [reader, rt] */
size_t sb_ring_peeked_bytes(const sb_ring *ring);
void sb_ring_release(sb_ring *ring);
bool sb_ring_is_empty(const sb_ring *ring); /* [any] */
bool sb_ring_is_broken(const sb_ring *ring); /* this side saw what cannot be [any] */

/* Waits until there is a record, at a wake, or for timeout_ns; looks `spins` times before it goes to sleep. [reader] */
void sb_ring_wait_record(sb_ring *ring, int64_t timeout_ns, uint32_t spins);
/* Waits until half of the ring is free, so that writer and reader do not wake each other for every record. [writer] */
void sb_ring_wait_room(sb_ring *ring, int64_t timeout_ns);

/* Whether the reader sleeps, so that it will take a while until it sees a record. [writer, rt] */
bool sb_ring_reader_sleeps(const sb_ring *ring);

/* Makes both sides return from their waits. [any] */
void sb_ring_wake(sb_ring *ring);

#endif
