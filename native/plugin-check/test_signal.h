/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes into a stage under test: every sample is a function of the seed, its frame and its column, so that a signal
 * may be as long as a stage wants, and begin anywhere.
 */
#ifndef STAGEBOX_TEST_SIGNAL_H
#define STAGEBOX_TEST_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

typedef struct test_signal {
  uint64_t seed;
  double rate_hz;
  bool is_constant;   /* `constant` everywhere; otherwise noise, a 10 Hz sine and something like heart beats */
  float constant;
  bool white;         /* noise alone */
  bool has_number;    /* `number` in one sample */
  uint64_t number_frame;
  uint32_t number_column;
  float number;
  uint32_t event_every; /* frames from one event to the next; 0: none */
} test_signal;

float test_signal_at(const test_signal *of, uint64_t frame, uint32_t column);

/* Numbers that look random, each drawn from the one before. */
uint64_t draw(uint64_t *state);
/* 0 <= x < 1 */
double draw_uniform(uint64_t *state);
/* lowest .. highest, both included */
uint32_t draw_between(uint64_t *state, uint32_t lowest, uint32_t highest);
/* Another stream for another purpose. */
uint64_t seed_for(uint64_t seed, const char *purpose);

#endif
