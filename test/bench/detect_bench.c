/* SPDX-License-Identifier: Apache-2.0
 *
 * 24-bit decode against scalar C, the common average against memcpy, the spatial filter against its definition, in the same
 * run: rounds of the two alternate, and each keeps its fastest. One JSON line a measurement; `ratio` is the peer's time
 * over ours.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "decode24.h"
#include "isa.h"
#include "matrix.h"
#include "reference.h"

enum { ROUNDS = 60, ROUND_SAMPLES = 1 << 19 };

typedef struct work {
  uint32_t channels, frames, in_stride; /* in_stride in bytes, of decode24 */
  float *in, *out, *weight, *applied, *columns;
  uint8_t *bytes;
} work;

typedef void (*body)(const work *w);

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double round_ns(body run, const work *w, int repeats) {
  const double start = now_ns();
  for (int i = 0; i < repeats; i++) {
    run(w);
    __asm__ volatile("" : : "r"(w->out) : "memory");
  }
  return (now_ns() - start) / repeats;
}

static void race(const char *name, body ours, const char *peer_name, body peer, const work *w) {
  const double samples = (double)w->frames * w->channels;
  const int repeats = (int)(ROUND_SAMPLES / samples) + 1;
  double ours_ns = INFINITY, peer_ns = INFINITY;
  for (int round = 0; round < ROUNDS; round++) {
    ours_ns = fmin(ours_ns, round_ns(ours, w, repeats));
    peer_ns = fmin(peer_ns, round_ns(peer, w, repeats));
  }
  printf("{\"name\": \"%s\", \"channels\": %u, \"frames\": %u, \"isa\": \"%s\", \"ns_per_sample\": %.4f, \"peer\": \"%s\", "
         "\"peer_ns_per_sample\": %.4f, \"ratio\": %.3f}\n",
         name, w->channels, w->frames, sb_isa_name(sb_isa_current()), ours_ns / samples, peer_name, peer_ns / samples,
         peer_ns / ours_ns);
  fflush(stdout);
}

static void decode_ours(const work *w) {
  sb_decode24_run(w->bytes, w->in_stride, w->out, w->channels, w->channels, w->frames, 0.02f);
}

__attribute__((noinline)) static void decode_scalar(const work *w) {
  for (uint32_t f = 0; f < w->frames; f++)
    for (uint32_t c = 0; c < w->channels; c++) {
      const uint8_t *sample = w->bytes + (size_t)f * w->in_stride + 3 * (size_t)c;
      int32_t number = sample[0] << 16 | sample[1] << 8 | sample[2];
      if (number & 0x800000) number -= 0x1000000;
      w->out[(size_t)f * w->channels + c] = (float)number * 0.02f;
    }
}

static void average_ours(const work *w) { sb_reference_run(w->in, w->out, w->frames, w->channels, w->weight, w->applied); }

static void average_memcpy(const work *w) { memcpy(w->out, w->in, (size_t)w->frames * w->channels * sizeof *w->in); }

static void matrix_ours(const work *w) {
  sb_matrix_run(w->in, w->channels, w->channels, w->out, w->channels, w->frames, w->columns);
}

__attribute__((noinline)) static void matrix_definition(const work *w) {
  for (uint32_t f = 0; f < w->frames; f++)
    for (uint32_t o = 0; o < w->channels; o++) {
      float sum = 0;
      for (uint32_t i = 0; i < w->channels; i++)
        sum += w->columns[(size_t)o * w->channels + i] * w->in[(size_t)f * w->channels + i];
      w->out[(size_t)f * w->channels + o] = sum;
    }
}

static float *floats(size_t count, float value) {
  float *memory = aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64);
  for (size_t i = 0; i < count; i++) memory[i] = value;
  return memory;
}

static void bench(uint32_t channels, uint32_t frames) {
  const size_t count = (size_t)channels * frames;
  work w = {.channels = channels, .frames = frames, .in = floats(count, 1), .out = floats(count, 0),
            .weight = floats(channels, 1 / (float)channels),
            .applied = floats(channels, 1), .columns = floats((size_t)channels * channels, 0.5f)};
  w.bytes = calloc(count + frames, 3);
  w.in_stride = 3 * channels;
  race("decode24", decode_ours, "scalar C", decode_scalar, &w);
  w.in_stride = 3 * channels + 3; /* with a status word before each frame, as the ADS1299 sends it */
  race("decode24_status", decode_ours, "scalar C", decode_scalar, &w);
  race("common_average", average_ours, "memcpy", average_memcpy, &w);
  if (channels <= 64) race("spatial_filter", matrix_ours, "scalar C", matrix_definition, &w);
  free(w.in), free(w.out), free(w.weight), free(w.applied), free(w.columns), free(w.bytes);
}

int main(void) {
  static const uint32_t channels[] = {8, 32, 64, 256, 1024};
  for (int level = SB_ISA_128; level <= SB_ISA_512; level++) {
    sb_isa_limit((sb_isa)level);
    if ((int)sb_isa_current() != level) break;
    for (int i = 0; i < 5; i++) {
      bench(channels[i], 32);
      bench(channels[i], (1u << 20) / channels[i]); /* 4 MiB: more than the nearer caches hold */
    }
  }
  return 0;
}
