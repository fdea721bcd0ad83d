/* SPDX-License-Identifier: Apache-2.0 */
#include "test_signal.h"

#include <math.h>

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
static uint64_t mix(uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

uint64_t draw(uint64_t *state) { return mix(*state += 0x9e3779b97f4a7c15u); }

double draw_uniform(uint64_t *state) { return (double)(draw(state) >> 11) / 9007199254740992.0; }

uint32_t draw_between(uint64_t *state, uint32_t lowest, uint32_t highest) {
  return lowest + (uint32_t)(draw(state) % ((uint64_t)highest - lowest + 1));
}

uint64_t seed_for(uint64_t seed, const char *purpose) {
  for (; *purpose; purpose++) seed = (seed ^ (uint8_t)*purpose) * 1099511628211u;
  return mix(seed);
}

float test_signal_at(const test_signal *of, uint64_t frame, uint32_t column) {
  if (of->has_number && frame == of->number_frame && column == of->number_column) return of->number;
  if (of->is_constant) return of->constant;
  const uint64_t bits = mix(of->seed ^ mix(frame * 0x10001u + column + 1));
  const double noise = (double)(bits >> 11) / 4503599627370496.0 - 1;
  if (of->white) return (float)(20 * noise);
  const double t = (double)frame / (of->rate_hz > 0 ? of->rate_hz : 100), since_beat = fmod(t, 0.8) - 0.4;
  return (float)(5 * noise + 10 * sin(2 * M_PI * 10 * t) + 60 * exp(-since_beat * since_beat * 5000));
}
