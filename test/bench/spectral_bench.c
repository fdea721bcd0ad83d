/* SPDX-License-Identifier: Apache-2.0
 *
 * FFT and Welch against FFTW (single precision, FFTW_PATIENT) in the same run: rounds of the two alternate, and each keeps its
 * fastest. One JSON line a measurement; `ratio` is FFTW's time over ours. Link with -lfftw3f.
 */
#include <fftw3.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bands.h"
#include "fft.h"
#include "isa.h"
#include "welch.h"

enum { CHANNELS = 8, ROUNDS = 300, MAX_SIZE = 65536, WELCH_SIZE = 256, WELCH_FRAMES = 4096, RATE = 250, BANDS = 5 };

static const double edges_hz[BANDS][2] = {{1, 4}, {4, 8}, {8, 13}, {13, 30}, {30, 45}};

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

typedef void (*body)(void *context);

/* Fastest time of one call, of two bodies whose rounds alternate. */
static void race(body ours, void *a, body peer, void *b, int repeats, double *ours_ns, double *peer_ns) {
  *ours_ns = *peer_ns = INFINITY;
  for (int round = 0; round < ROUNDS; round++) {
    double start = now_ns();
    for (int i = 0; i < repeats; i++) ours(a);
    double middle = now_ns();
    for (int i = 0; i < repeats; i++) peer(b);
    double end = now_ns();
    *ours_ns = fmin(*ours_ns, (middle - start) / repeats);
    *peer_ns = fmin(*peer_ns, (end - middle) / repeats);
  }
}

static void report(const char *name, uint32_t samples, double ours_ns, double peer_ns, const char *peer) {
  printf("{\"name\": \"%s\", \"isa\": \"%s\", \"ns_per_sample\": %.4f, \"peer\": \"%s\", \"peer_ns_per_sample\": %.4f, \"ratio\": %.3f}\n", name,
         sb_isa_name(sb_isa_current()), ours_ns / samples, peer, peer_ns / samples, peer_ns / ours_ns);
  fflush(stdout);
}

static float *floats(size_t count) {
  float *memory = aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64);
  for (size_t i = 0; i < count; i++) memory[i] = (float)((i * 7919) % 1009) / 504.5f - 1;
  return memory;
}

typedef struct fft_context {
  sb_fft *fft;
  fftwf_plan plan;
  float *in, *out;
} fft_context;

static void fft_ours(void *context) {
  fft_context *c = context;
  sb_fft_forward(c->fft, c->in, c->out, CHANNELS);
}

static void fft_peer(void *context) { fftwf_execute(((fft_context *)context)->plan); }

static void bench_fft(int size, fftwf_plan planar, fftwf_plan interleaved, fft_context *c) {
  char name[32];
  double ours_ns, peer_ns;
  const int repeats = 65536 / size + 1;
  snprintf(name, sizeof name, "fft_%d", size);
  c->plan = planar;
  race(fft_ours, c, fft_peer, c, repeats, &ours_ns, &peer_ns);
  report(name, (uint32_t)size * CHANNELS, ours_ns, peer_ns, "fftw planar");
  c->plan = interleaved;
  race(fft_ours, c, fft_peer, c, repeats, &ours_ns, &peer_ns);
  report(name, (uint32_t)size * CHANNELS, ours_ns, peer_ns, "fftw interleaved");
}

/* Welch by hand on FFTW: interleaved frames in, as they come; mean, window, transform, periodogram, five bands.
 * FFTW is planned for windowed frames in planes, and as they lie; either may be faster. */
typedef struct welch_context {
  sb_welch *welch;
  sb_band bands[BANDS];
  const float *in;
  float power[BANDS * CHANNELS];
  float window[WELCH_SIZE], *windowed, *history;
  fftwf_complex *spectra;
  fftwf_plan plan;
  float peer_power[BANDS * CHANNELS];
} welch_context;

static void welch_ours(void *context) {
  welch_context *c = context;
  const float *spectrum;
  for (uint32_t t = 0; t < WELCH_FRAMES;) {
    t += sb_welch_take(c->welch, c->in + t * CHANNELS, WELCH_FRAMES - t, &spectrum);
    if (!spectrum) continue;
    for (int i = 0; i < BANDS; i++) sb_band_integrate(&c->bands[i], spectrum, CHANNELS, c->power + i * CHANNELS);
  }
}

static inline __attribute__((always_inline)) void welch_peer(welch_context *c, const int plane, const int step) {
  const int bins = WELCH_SIZE / 2 + 1, hop = WELCH_SIZE / 2;
  for (int t = 0; t < WELCH_FRAMES; t += hop) {
    memmove(c->history, c->history + hop * CHANNELS, hop * CHANNELS * sizeof(float));
    memcpy(c->history + hop * CHANNELS, c->in + t * CHANNELS, hop * CHANNELS * sizeof(float));
    float mean[CHANNELS] = {0};
    for (int i = 0; i < WELCH_SIZE; i++)
      for (int ch = 0; ch < CHANNELS; ch++) mean[ch] += c->history[i * CHANNELS + ch];
    for (int ch = 0; ch < CHANNELS; ch++) mean[ch] /= WELCH_SIZE;
    for (int i = 0; i < WELCH_SIZE; i++)
      for (int ch = 0; ch < CHANNELS; ch++)
        c->windowed[ch * plane + i * step] = (c->history[i * CHANNELS + ch] - mean[ch]) * c->window[i];
    fftwf_execute(c->plan);
    for (int ch = 0; ch < CHANNELS; ch++) {
      const fftwf_complex *x = c->spectra + ch * bins;
      float density[WELCH_SIZE / 2 + 1];
      for (int b = 0; b < bins; b++) density[b] = x[b][0] * x[b][0] + x[b][1] * x[b][1];
      for (int i = 0; i < BANDS; i++) {
        float sum = 0;
        for (uint32_t b = 0; b < c->bands[i].count; b++) sum += c->bands[i].weights[b] * density[c->bands[i].first + b];
        c->peer_power[i * CHANNELS + ch] = sum;
      }
    }
  }
}

static void welch_peer_planar(void *context) { welch_peer(context, WELCH_SIZE, 1); }
static void welch_peer_interleaved(void *context) { welch_peer(context, 1, CHANNELS); }

static void bench_welch(welch_context *c, const char *peer_name, body peer, int plane, int step) {
  const int n = WELCH_SIZE, bins = n / 2 + 1;
  c->plan = fftwf_plan_many_dft_r2c(1, &n, CHANNELS, c->windowed, NULL, step, plane, c->spectra, NULL, 1, bins, FFTW_PATIENT);
  double ours_ns, peer_ns;
  c->welch = sb_welch_create(&(sb_welch_settings){RATE, WELCH_SIZE, WELCH_SIZE / 2, 1, CHANNELS, SB_WINDOW_HANN, true, SB_WELCH_DENSITY});
  race(welch_ours, c, peer, c, 8, &ours_ns, &peer_ns);
  for (int i = 0; i < BANDS * CHANNELS; i++)
    if (fabsf(c->power[i] - c->peer_power[i]) > 1e-4f * c->peer_power[i] + 1e-9f) {
      fprintf(stderr, "ours and the peer's band power differ: %g, %g\n", (double)c->power[i], (double)c->peer_power[i]);
      exit(1);
    }
  report("welch_256_half_overlap_5_bands", WELCH_FRAMES * CHANNELS, ours_ns, peer_ns, peer_name);
  sb_welch_destroy(c->welch);
  fftwf_destroy_plan(c->plan);
}

int main(int argc, char **argv) {
  static const int sizes[] = {64, 128, 256, 320, 500, 512, 1024, 2048, 4096, 16384, 65536};
  static const sb_isa levels[] = {SB_ISA_128, SB_ISA_512};
  const int only = argc > 1 ? atoi(argv[1]) : 0;
  fft_context fft = {.in = floats((size_t)MAX_SIZE * CHANNELS), .out = floats(((size_t)MAX_SIZE + 2) * CHANNELS)};
  float *peer_in = floats((size_t)MAX_SIZE * CHANNELS);
  fftwf_complex *peer_out = fftwf_malloc((MAX_SIZE / 2 + 1) * CHANNELS * sizeof *peer_out);
  for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const int n = sizes[i], bins = n / 2 + 1;
    if (only && only != n) continue;
    const unsigned effort = n <= 1024 ? FFTW_PATIENT : FFTW_MEASURE;
    fftwf_plan planar = fftwf_plan_many_dft_r2c(1, &n, CHANNELS, peer_in, NULL, 1, n, peer_out, NULL, 1, bins, effort);
    fftwf_plan interleaved = fftwf_plan_many_dft_r2c(1, &n, CHANNELS, peer_in, NULL, CHANNELS, 1, peer_out, NULL, CHANNELS, 1, effort);
    fft.fft = sb_fft_create((uint32_t)n);
    for (size_t k = 0; k < (size_t)n * CHANNELS; k++) peer_in[k] = fft.in[k];
    for (unsigned level = 0; level < 2; level++) {
      sb_isa_limit(levels[level]);
      bench_fft(n, planar, interleaved, &fft);
    }
    sb_fft_destroy(fft.fft);
    fftwf_destroy_plan(planar), fftwf_destroy_plan(interleaved);
  }

  static welch_context welch;
  const int n = WELCH_SIZE, bins = n / 2 + 1;
  welch.in = fft.in;
  welch.windowed = floats(WELCH_SIZE * CHANNELS);
  welch.history = floats(WELCH_SIZE * CHANNELS);
  welch.spectra = fftwf_malloc(bins * CHANNELS * sizeof *welch.spectra);
  double shape[WELCH_SIZE];
  sb_window_fill(SB_WINDOW_HANN, true, shape, WELCH_SIZE);
  for (int i = 0; i < WELCH_SIZE; i++) welch.window[i] = (float)(shape[i] * sqrt(2 / (RATE * 0.375 * WELCH_SIZE)));
  for (int i = 0; i < BANDS; i++) sb_band_create(edges_hz[i][0], edges_hz[i][1], (double)RATE / n, (uint32_t)bins, &welch.bands[i]);
  for (unsigned level = 0; level < 2; level++) {
    sb_isa_limit(levels[level]);
    bench_welch(&welch, "C on fftw, planar", welch_peer_planar, WELCH_SIZE, 1);
    bench_welch(&welch, "C on fftw, interleaved", welch_peer_interleaved, 1, CHANNELS);
  }
  return 0;
}
