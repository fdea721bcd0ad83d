/* SPDX-License-Identifier: Apache-2.0 */
#include "ring.h"

#include <pthread.h>
#include <string.h>

#include "check.h"

TEST(ring_refuses_what_does_not_fit_and_takes_it_after_a_release) {
  sb_ring *ring = sb_ring_create(4096);
  int written = 0;
  while (sb_ring_reserve(ring, 1000)) sb_ring_commit(ring), written++;
  CHECK_EQUAL(written, (int)(sb_ring_capacity(ring) / 1088)); /* 64 for the head, rounded up to 64 */
  CHECK(sb_ring_peek(ring) != NULL);
  sb_ring_release(ring);
  CHECK(sb_ring_reserve(ring, 1000) != NULL);
  CHECK(sb_ring_reserve(ring, (size_t)1 << 40) == NULL);
  sb_ring_destroy(ring);
}

enum { RECORDS = 20000 };

static uint32_t length_of(uint32_t i) { return 4 + (i * 2654435761u) % 1500; }

static void *write_records(void *ring) {
  for (uint32_t i = 0; i < RECORDS; i++) {
    uint8_t *record;
    while (!(record = sb_ring_reserve(ring, length_of(i)))) sb_ring_wait_room(ring, 10000000);
    memset(record, (int)(i & 0xFF), length_of(i));
    memcpy(record, &i, sizeof i);
    sb_ring_commit(ring);
  }
  return NULL;
}

TEST(ring_passes_every_record_whole_and_in_order_between_threads) {
  sb_ring *ring = sb_ring_create(8192);
  pthread_t writer;
  pthread_create(&writer, NULL, write_records, ring);
  uint32_t wrong = 0;
  for (uint32_t i = 0; i < RECORDS; i++) {
    uint8_t *record;
    while (!(record = sb_ring_peek(ring))) sb_ring_wait_record(ring, 10000000, 10);
    uint32_t number;
    memcpy(&number, record, sizeof number);
    const uint32_t last = length_of(i) - 1;
    if (number != i || ((uintptr_t)record & 63) || (last >= 4 && record[last] != (i & 0xFF))) wrong++;
    sb_ring_release(ring);
  }
  pthread_join(writer, NULL);
  CHECK_EQUAL(wrong, 0);
  CHECK(sb_ring_is_empty(ring));
  sb_ring_destroy(ring);
}
