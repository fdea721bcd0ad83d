/* SPDX-License-Identifier: Apache-2.0
 *
 * The convolution of fir.h. A tile of output rows stays in registers while four taps at a time and the rows they need
 * slide past: each row is loaded once for four multiply-adds. Every output adds its products in the same order whatever
 * the tile, so that the block length does not show.
 */
#include "simd.h"

#include "fir.h"

/* With 512 bits a vector holds two rows, with 128 half a row. */
#if SB_ISA == 512
enum { LANES = 16, TILE = 16 };
#elif SB_ISA == 256
enum { LANES = 8, TILE = 8 };
#elif defined(__aarch64__)
enum { LANES = 4, TILE = 16 };
#else
enum { LANES = 4, TILE = 8 };
#endif
#ifdef __aarch64__
#define REGISTER(x) "+w"(x)
#else
#define REGISTER(x) "+v"(x)
#endif
enum { ROW = SB_HISTORY_LANES, ROWS = LANES > ROW ? LANES / ROW : 1 /* in a vector */, TAPS = 4 };

typedef float vector __attribute__((vector_size(LANES * 4)));

static inline __attribute__((always_inline)) void store(float *out, vector rows, uint32_t frames, uint32_t stride) {
#if SB_ISA == 512
  const sb_f32v first = __builtin_shufflevector(rows, rows, 0, 1, 2, 3, 4, 5, 6, 7);
  const sb_f32v second = __builtin_shufflevector(rows, rows, 8, 9, 10, 11, 12, 13, 14, 15);
  sb_f32v_store(out, first);
  if (frames > 1) sb_f32v_store(out + stride, second);
#else
  (void)frames, (void)stride;
  memcpy(out, &rows, sizeof rows);
#endif
}

/* Adds the products of the row at `row` with those of four taps that belong to outputs of the tile. */
static inline __attribute__((always_inline)) void slide(vector *sums, const uint32_t tile, const vector *h, const float *oldest,
                                                        const int32_t row) {
  if (row >= (int32_t)(ROWS * (tile - 1)) + TAPS) return;
  vector x;
  memcpy(&x, oldest + row * ROW, sizeof x);
  __asm__("" : REGISTER(x)); /* loaded once, not once for every use */
#pragma GCC unroll 4
  for (int32_t k = 0; k < TAPS; k++) {
    const int32_t frame = row + k - (TAPS - 1);
    if (frame >= 0 && frame % ROWS == 0 && frame / ROWS < (int32_t)tile) sums[frame / ROWS] += h[k] * x;
  }
}

/* Constant arguments, not a loop: only so does the compiler keep the sums in registers. */
#define SLIDE4(row)                         \
  slide(sums, tile, h, oldest, (row));      \
  slide(sums, tile, h, oldest, (row) + 1);  \
  slide(sums, tile, h, oldest, (row) + 2);  \
  slide(sums, tile, h, oldest, (row) + 3)

static inline __attribute__((always_inline)) void convolve(const uint32_t tile, const float *restrict taps, uint32_t count,
                                                           const float *restrict x, float *restrict out, uint32_t frames,
                                                           uint32_t stride) {
  vector sums[TILE] = {0};
  for (uint32_t tap = 0; tap < count; tap += TAPS) {
    const vector h[TAPS] = {taps[tap] - (vector){0}, taps[tap + 1] - (vector){0}, taps[tap + 2] - (vector){0},
                            taps[tap + 3] - (vector){0}};
    const float *oldest = x - (size_t)(tap + TAPS - 1) * ROW;
    SLIDE4(0);
    SLIDE4(4);
    SLIDE4(8);
    SLIDE4(12);
    SLIDE4(16);
    SLIDE4(20);
    SLIDE4(24);
    SLIDE4(28);
    SLIDE4(32);
  }
#pragma GCC unroll 16
  for (uint32_t i = 0; i < tile; i++) store(out + (size_t)(ROWS * i) * stride, sums[i], frames - ROWS * i, stride);
}

void SB_ISA_NAME(sb_fir_convolve)(const float *taps, uint32_t count, const float *x, float *out, uint32_t frames,
                                  uint32_t stride) {
  for (uint32_t column = 0; column < ROW; column += LANES / ROWS, x += LANES, out += LANES) {
    uint32_t f = 0;
    for (; f + ROWS * TILE <= frames; f += ROWS * TILE)
      convolve(TILE, taps, count, x + f * ROW, out + (size_t)f * stride, ROWS * TILE, stride);
    for (; f + ROWS * 4 <= frames; f += ROWS * 4)
      convolve(4, taps, count, x + f * ROW, out + (size_t)f * stride, ROWS * 4, stride);
    for (; f < frames; f += ROWS) convolve(1, taps, count, x + f * ROW, out + (size_t)f * stride, frames - f, stride);
  }
}
