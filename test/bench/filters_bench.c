/* SPDX-License-Identifier: Apache-2.0
 *
 * Filters in ns per input sample and channel, one JSON line each, with 128-bit kernels and with the best of this machine.
 * Rounds of all bodies alternate, and each keeps its fastest. filters_peer.py prints scipy's lines for the same work.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "biquad.h"
#include "fir.h"
#include "fir_design.h"
#include "iir_design.h"
#include "isa.h"
#include "resample.h"

enum { ROUNDS = 60, SAMPLES = 8 * 4096 /* in one round: blocks x frames x channels */, RATE = 250 };

typedef struct bench {
  const char *name;
  void (*run)(void *kernel, const float *in, float *out, size_t frames);
  void *kernel;
  uint32_t channels, frames; /* of a block */
  double best_ns[2];         /* 128 bits, best */
} bench;

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void run_biquad(void *kernel, const float *in, float *out, size_t frames) { sb_biquad_run(kernel, in, out, frames); }
static void run_fir(void *kernel, const float *in, float *out, size_t frames) { sb_fir_run(kernel, in, out, frames); }
static void run_resampler(void *kernel, const float *in, float *out, size_t frames) { sb_resampler_run(kernel, in, out, frames); }

/* Band pass of order 4 from 1 to 40 Hz, and a notch at 50 Hz. */
static sb_biquad_bank *five_biquads(uint32_t stride, bool float32) {
  sb_iir_prototype prototype;
  sb_cascade cascade;
  sb_iir_prototype_fill(&prototype, SB_IIR_BUTTERWORTH, 4, 0);
  sb_iir_design(&cascade, &prototype, SB_IIR_BANDPASS, 1, 40, RATE);
  sb_iir_notch(&cascade.sections[cascade.count++], 50, 30, RATE);
  return sb_biquad_create(&cascade, stride, float32);
}

static sb_fir *fir_129(uint32_t stride) {
  double taps[129];
  sb_fir_design(taps, 129, SB_FIR_BANDPASS, 1.0 / RATE, 40.0 / RATE, SB_WINDOW_HAMMING);
  return sb_fir_create(taps, 129, stride);
}

static void measure(bench *b, int level, const float *in, float *out) {
  sb_isa_limit(level == 0 ? SB_ISA_128 : SB_ISA_512);
  const size_t block = (size_t)b->frames * b->channels, blocks = block < SAMPLES ? SAMPLES / block : 1;
  const double start = now_ns();
  for (size_t i = 0; i < blocks; i++) b->run(b->kernel, in, out, b->frames);
  b->best_ns[level] = fmin(b->best_ns[level], (now_ns() - start) / (double)(blocks * block));
}

int main(void) {
  bench benches[] = {
      {"iir 5 biquads f64, 4096 frames x 8", run_biquad, five_biquads(8, false), 8, 4096, {INFINITY, INFINITY}},
      {"iir 5 biquads f64, 32 frames x 8", run_biquad, five_biquads(8, false), 8, 32, {INFINITY, INFINITY}},
      {"iir 5 biquads f64, 1 frame x 8", run_biquad, five_biquads(8, false), 8, 1, {INFINITY, INFINITY}},
      {"iir 5 biquads f64, 32 frames x 1024", run_biquad, five_biquads(1024, false), 1024, 32, {INFINITY, INFINITY}},
      {"iir 5 biquads f32, 4096 frames x 8", run_biquad, five_biquads(8, true), 8, 4096, {INFINITY, INFINITY}},
      {"iir 5 biquads f32, 32 frames x 8", run_biquad, five_biquads(8, true), 8, 32, {INFINITY, INFINITY}},
      {"fir 129 taps, 4096 frames x 8", run_fir, fir_129(8), 8, 4096, {INFINITY, INFINITY}},
      {"fir 129 taps, 32 frames x 8", run_fir, fir_129(8), 8, 32, {INFINITY, INFINITY}},
      {"fir 129 taps, 32 frames x 1024", run_fir, fir_129(1024), 1024, 32, {INFINITY, INFINITY}},
      {"decimate 4, 4096 frames x 8", run_resampler, sb_resampler_create(1, 4, 16, 8), 8, 4096, {INFINITY, INFINITY}},
      {"resample 128/125, 4096 frames x 8", run_resampler, sb_resampler_create(128, 125, 16, 8), 8, 4096, {INFINITY, INFINITY}},
      {"resample 128/125, 32 frames x 8", run_resampler, sb_resampler_create(128, 125, 16, 8), 8, 32, {INFINITY, INFINITY}},
  };
  const size_t count = sizeof benches / sizeof *benches, floats = 2 * SAMPLES;
  float *in = aligned_alloc(64, floats * sizeof(float)), *out = aligned_alloc(64, floats * sizeof(float));
  for (size_t i = 0; i < floats; i++) in[i] = (float)((i * 7919) % 1009) / 504.5f - 1;
  for (int round = 0; round < ROUNDS; round++)
    for (size_t i = 0; i < count; i++)
      for (int level = 0; level < 2; level++) measure(&benches[i], level, in, out);
  for (int level = 0; level < 2; level++) {
    sb_isa_limit(level == 0 ? SB_ISA_128 : SB_ISA_512);
    for (size_t i = 0; i < count; i++)
      printf("{\"name\": \"%s\", \"isa\": \"%s\", \"ns_per_sample_per_channel\": %.3f}\n", benches[i].name, sb_isa_name(sb_isa_current()),
             benches[i].best_ns[level]);
  }
  return 0;
}
