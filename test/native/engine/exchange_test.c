/* SPDX-License-Identifier: Apache-2.0
 *
 * What the engine reads of a process that means it ill: bytes that are changed at random, and memory that is changed while
 * it is read. Nothing here may fault; run it with SANITIZE=address,undefined and with SANITIZE=thread.
 */
#include "exchange.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "descriptor.h"

static uint32_t draw(uint64_t *state) {
  *state = *state * 6364136223846793005ull + 1442695040888963407ull;
  return (uint32_t)(*state >> 33);
}

TEST(descriptor_comes_back_as_it_was) {
  const sb_library *builtin = sb_library_builtin();
  sb_pack pack = {0};
  sb_descriptor_pack(&pack, &builtin->classes);
  sb_classes classes;
  sb_descriptor *descriptor = sb_descriptor_unpack(pack.bytes, pack.count, &classes);
  if (CHECK(descriptor != NULL)) {
    char *told = sb_classes_json(&builtin->classes), *back = sb_classes_json(&classes);
    CHECK(strlen(told) > 10000 && strcmp(told, back) == 0);
    CHECK_EQUAL(classes.stages[0]->set != NULL, builtin->classes.stages[0]->set != NULL);
    free(told), free(back);
  }
  sb_descriptor_destroy(descriptor);
  free(pack.bytes);
}

TEST(descriptor_of_any_bytes_is_read_or_refused) {
  sb_pack pack = {0};
  sb_descriptor_pack(&pack, &sb_library_builtin()->classes);
  uint64_t state = 1;
  uint32_t refused = 0;
  uint8_t *bytes = malloc(pack.count);
  for (int round = 0; round < 3000; round++) {
    const size_t count = round % 3 ? pack.count : draw(&state) % pack.count;
    memcpy(bytes, pack.bytes, count);
    for (uint32_t changes = 1 + draw(&state) % 4; changes && count; changes--) {
      const uint32_t at = draw(&state) % (uint32_t)count;
      bytes[at] = draw(&state) % 2 ? (uint8_t)draw(&state) : 0xFF;
    }
    sb_classes classes;
    sb_descriptor *descriptor = sb_descriptor_unpack(bytes, count, &classes);
    refused += !descriptor;
    if (descriptor) free(sb_classes_json(&classes));
    sb_descriptor_destroy(descriptor);
  }
  CHECK(refused > 1000);
  free(bytes), free(pack.bytes);
}

TEST(formats_of_any_bytes_are_read_or_refused) {
  const char *const names[] = {"Fp1", "Fp2", "O1"}, *const values[] = {"alpha", "beta"};
  const sb_format format = {sizeof format, SB_PORT_FEATURES, 250, 3, 2, 32, 0, 0, "uV", names, values};
  sb_pack pack = {0};
  sb_pack_format(&pack, &format);
  uint64_t state = 2;
  uint8_t *bytes = malloc(pack.count);
  for (int round = 0; round < 20000; round++) {
    const size_t count = round % 2 ? pack.count : draw(&state) % (pack.count + 1);
    memcpy(bytes, pack.bytes, count);
    for (uint32_t changes = round == 1 ? 0 : 1 + draw(&state) % 3; changes && count; changes--) bytes[draw(&state) % count] = (uint8_t)draw(&state);
    sb_unpack unpack = {.bytes = bytes, .count = count};
    sb_format back;
    sb_unpack_format(&unpack, &back);
    if (round == 1) CHECK(!unpack.failed && sb_format_is_possible(&back) && strcmp(back.value_names[1], "beta") == 0);
    if (!unpack.failed && sb_format_is_possible(&back) && back.channel_names) CHECK(strlen(back.channel_names[back.channels - 1]) < 100);
    sb_format_free(&back);
  }
  free(bytes), free(pack.bytes);
}

/* ---- a ring whose other side writes wherever it can ---- */

typedef struct scribbler {
  uint8_t *memory; /* a mapping of its own, as another process has */
  size_t bytes;
  _Atomic bool quit, has_begun;
} scribbler;

/* Heads and lengths above all, and values near those that would be right. */
static void *scribble(void *argument) {
  scribbler *s = argument;
  uint64_t state = 3;
  const uint64_t odd[] = {0, 1, 63, 64, 128, 192, 4096, 1 << 20, UINT64_MAX, UINT64_MAX - 63, 1ull << 63};
  while (!atomic_load(&s->quit)) {
    const size_t at = draw(&state) % 4 ? draw(&state) % 3 * 64 + draw(&state) % 2 * 4096 : draw(&state) % (s->bytes / 64) * 64;
    uint64_t word = draw(&state) % 2 ? odd[draw(&state) % 11] : (uint64_t)(draw(&state) % 4096) * 64;
    atomic_store_explicit((_Atomic uint64_t *)(void *)(s->memory + at), word, memory_order_relaxed);
    atomic_store(&s->has_begun, true);
    if (draw(&state) % 64 == 0) usleep(1);
  }
  return NULL;
}

TEST(ring_of_a_hostile_peer_is_never_left) {
  const sb_format format = {sizeof format, SB_PORT_SIGNAL, 0, 5, 1, 32, 0, 0, "uV", NULL, NULL};
  const sb_parcel_layout layout = sb_parcel_layout_of(&format);
  uint32_t broken = 0, blocks = 0;
  float *data = aligned_alloc(64, sizeof(float) * layout.stride * layout.max_frames);
  int64_t times[32];
  sb_event events[SB_BLOCK_MAX_EVENTS];
  for (int round = 0; round < 300; round++) {
    int descriptor;
    sb_ring *ring = sb_ring_create_shared(sb_exchange_ring_bytes(&layout, true), &descriptor);
    scribbler s = {.bytes = 4096 + sb_ring_capacity(ring)};
    s.memory = mmap(NULL, s.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    pthread_t thread;
    pthread_create(&thread, NULL, scribble, &s);
    while (!atomic_load(&s.has_begun)) usleep(10);
    for (int i = 0; i < 2000 && !sb_ring_is_broken(ring); i++) {
      const sb_parcel *parcel = sb_ring_peek(ring);
      if (parcel && sb_ring_peeked_bytes(ring) >= layout.bytes) {
        const sb_parcel head = sb_parcel_head(parcel);
        sb_block out = {.channels = 5, .values = 1, .stride = layout.stride, .data = data, .times_ns = times, .events = events};
        blocks += sb_parcel_read(&layout, &head, parcel, &out);
      }
      if (parcel) sb_ring_release(ring);
      sb_parcel *mine = sb_ring_reserve(ring, layout.bytes);
      if (mine) memset(mine, 0xAA, layout.bytes), sb_ring_commit(ring);
      sb_ring_wait_record(ring, 1000, 1);
      sb_ring_wait_room(ring, 1000);
    }
    atomic_store(&s.quit, true);
    pthread_join(thread, NULL);
    broken += sb_ring_is_broken(ring);
    if (sb_ring_is_broken(ring)) CHECK(!sb_ring_peek(ring) && !sb_ring_reserve(ring, 64));
    munmap(s.memory, s.bytes);
    sb_ring_destroy(ring);
  }
  CHECK(broken > 0);
  free(data);
}

TEST(shared_memory_cannot_shrink_under_its_reader) {
  int descriptor, other;
  sb_ring *ring = sb_ring_create_shared(10000, &descriptor);
  CHECK(ftruncate(descriptor, 4096) != 0 && ftruncate(descriptor, 1 << 20) != 0);
  sb_ring *attached = sb_ring_attach(descriptor, 10000);
  CHECK(attached != NULL);
  CHECK(sb_ring_attach(descriptor, 100000) == NULL);
  uint64_t *record = sb_ring_reserve(ring, sizeof *record);
  *record = 42;
  sb_ring_commit(ring);
  const uint64_t *seen = sb_ring_peek(attached);
  CHECK(seen && *seen == 42);
  sb_ring_destroy(attached);
  sb_ring_destroy(ring);
  close(descriptor);
  sb_state_area *area = sb_state_area_create(100, &other);
  CHECK(ftruncate(other, 1) != 0);
  uint8_t out[100] = {0};
  CHECK_EQUAL(sb_state_area_latest(area, out), 0);
  for (uint8_t i = 1; i < 4; i++) {
    memset(sb_state_area_begin(area), i, 100);
    CHECK_EQUAL(sb_state_area_latest(area, out), i > 1 ? 100 : 0);
    CHECK_EQUAL(out[99], i - 1);
    sb_state_area_commit(area);
    CHECK_EQUAL(sb_state_area_latest(area, out), 100);
    CHECK_EQUAL(out[99], i);
  }
  sb_state_area_destroy(area);
  close(other);
}
