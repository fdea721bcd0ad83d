/* SPDX-License-Identifier: Apache-2.0
 *
 * What calls cost on this machine without Stagebox, to hold its own against in the same run: a function that copies a
 * block, and the same bytes sent through a pipe to another thread and back.
 */
#include <pthread.h>
#include <stagebox_engine.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "error.h"
#include "histogram.h"
#include "ticks.h"

enum { MOST_BYTES = 1 << 20, WARM_UP = 100 };

typedef struct echo {
  int from, to;
  uint8_t *buffer;
  size_t bytes;
} echo;

static bool read_all(int fd, uint8_t *to, size_t bytes) {
  for (ssize_t got; bytes > 0; to += got, bytes -= (size_t)got)
    if ((got = read(fd, to, bytes)) <= 0) return false;
  return true;
}

static bool write_all(int fd, const uint8_t *from, size_t bytes) {
  for (ssize_t done; bytes > 0; from += done, bytes -= (size_t)done)
    if ((done = write(fd, from, bytes)) <= 0) return false;
  return true;
}

static void *answer(void *argument) {
  const echo *e = argument;
  while (read_all(e->from, e->buffer, e->bytes) && write_all(e->to, e->buffer, e->bytes)) {
  }
  return NULL;
}

static void keep(const sb_histogram *ticks, double *out) {
  out[SB_YARDSTICK_P50_NS] = sb_histogram_quantile(ticks, 0.5) * sb_tick_ns();
  out[SB_YARDSTICK_P99_NS] = sb_histogram_quantile(ticks, 0.99) * sb_tick_ns();
}

static void copy_block(void *to, const void *from, size_t bytes) { memcpy(to, from, bytes); }

int32_t sb_yardstick_call(uint32_t bytes, uint32_t rounds, double *out) {
  uint8_t *memory = bytes > 0 && bytes <= MOST_BYTES ? calloc(2, bytes) : NULL;
  if (!memory) return sb_error(SB_INVALID, "a yardstick is 1 to %d bytes long", MOST_BYTES);
  void (*volatile call)(void *, const void *, size_t) = copy_block;
  sb_histogram ticks = {0};
  for (uint32_t i = 0; i < rounds; i++) {
    const uint64_t before = sb_ticks();
    call(memory, memory + bytes, bytes);
    sb_histogram_add(&ticks, sb_ticks() - before);
  }
  keep(&ticks, out);
  free(memory);
  return SB_OK;
}

int32_t sb_yardstick_pipe(uint32_t bytes, uint32_t rounds, double *out) {
  uint8_t *memory = bytes > 0 && bytes <= MOST_BYTES ? calloc(2, bytes) : NULL;
  if (!memory) return sb_error(SB_INVALID, "a yardstick is 1 to %d bytes long", MOST_BYTES);
  int there[2] = {-1, -1}, back[2] = {-1, -1};
  echo other = {.buffer = memory + bytes, .bytes = bytes};
  pthread_t thread;
  bool works = pipe(there) == 0 && pipe(back) == 0;
  other.from = there[0];
  other.to = back[1];
  const bool started = works && pthread_create(&thread, NULL, answer, &other) == 0;
  works = started;
  sb_histogram ticks = {0};
  for (uint32_t i = 0; works && i < rounds + WARM_UP; i++) {
    const uint64_t before = sb_ticks();
    works = write_all(there[1], memory, bytes) && read_all(back[0], memory, bytes);
    if (i >= WARM_UP) sb_histogram_add(&ticks, sb_ticks() - before);
  }
  if (there[1] >= 0) close(there[1]); /* ends the thread */
  if (started) pthread_join(thread, NULL);
  for (int i = 0; i < 2; i++)
    if (back[i] >= 0) close(back[i]);
  if (there[0] >= 0) close(there[0]);
  free(memory);
  keep(&ticks, out);
  return works ? SB_OK : sb_error(SB_IO, "no pipe or thread for a yardstick");
}
