/* SPDX-License-Identifier: Apache-2.0 */
#include "fft_check.h"

#include <math.h>
#include <string.h>

#include "fence.h"
#include "memory.h"
#include "place.h"
#include "test_signal.h"
#include "trial.h"

enum { LANES = SB_FFT_LANES };
/* Of the largest bin: float32 sums of up to 4096 terms. */
static const double ROUNDING = 1e-5;

static void require_none_taken(memory_use use, const char *call) {
  char where[160];
  place_describe(where, sizeof where, use.caller);
  if (use.calls) trial_fail("%s calls %s%s; take memory in create", call, use.function, where);
}

/* One bin of one lane, by the definition. */
static void bin_of(const float *x, uint32_t frames, uint32_t bin, uint32_t lane, double out[2]) {
  out[0] = out[1] = 0;
  for (uint32_t t = 0; t < frames; t++) {
    const double angle = -2 * M_PI * (double)((uint64_t)bin * t % frames) / frames;
    const double sample = (double)x[t * LANES + lane];
    out[0] += sample * cos(angle), out[1] += sample * sin(angle);
  }
}

static void check_forward(const float *x, const float *X, uint32_t frames, uint64_t *state) {
  for (int drawn = 0; drawn < 24; drawn++) {
    const uint32_t bin = drawn == 0 ? 0 : drawn == 1 ? frames / 2 : draw_between(state, 0, frames / 2);
    const uint32_t lane = draw_between(state, 0, LANES - 1);
    double expected[2];
    bin_of(x, frames, bin, lane, expected);
    for (uint32_t part = 0; part < 2; part++) {
      const double is = (double)X[(2 * bin + part) * LANES + lane];
      if (!(fabs(is - expected[part]) <= ROUNDING * frames))
        trial_fail("forward of %u frames: the %s part of bin %u is %.9g, not %.9g", frames, part ? "imaginary" : "real",
                   bin, is, expected[part]);
    }
  }
}

static void check_frames(const sb_fft_backend *backend, uint32_t frames, uint64_t *state) {
  const size_t in_floats = (size_t)frames * LANES, out_floats = ((size_t)frames + 2) * LANES;
  void *plan = NULL;
  CALL("create", plan = backend->create(frames));
  if (!plan) return;
  float *x = fence_memory("input", in_floats * sizeof(float), FENCE_BEHIND);
  float *used = fence_memory("input", in_floats * sizeof(float), FENCE_BEHIND);
  float *X = fence_memory("output", out_floats * sizeof(float), FENCE_BEHIND);
  float *back = fence_memory("output", in_floats * sizeof(float), FENCE_BEHIND);
  for (size_t i = 0; i < in_floats; i++) x[i] = (float)(2 * draw_uniform(state) - 1);
  memcpy(used, x, in_floats * sizeof(float));
  memory_watch();
  CALL("forward", backend->forward(plan, used, X));
  require_none_taken(memory_watched(), "forward");
  check_forward(x, X, frames, state);
  memory_watch();
  CALL("inverse", backend->inverse(plan, X, back));
  require_none_taken(memory_watched(), "inverse");
  for (size_t i = 0; i < in_floats; i++)
    if (!(fabs((double)back[i] - (double)x[i]) <= ROUNDING * sqrt(frames)))
      trial_fail("inverse of %u frames: %.9g comes back, not %.9g, in frame %zu", frames, (double)back[i], (double)x[i],
                 i / LANES);
  CALL("destroy", backend->destroy(plan));
  fence_release(x), fence_release(used), fence_release(X), fence_release(back);
}

void fft_check(const sb_fft_backend *backend, uint64_t seed) {
  static const uint32_t lengths[] = {2, 4, 6, 10, 14, 64, 100, 250, 256, 360, 500, 1000, 1024, 4096};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) check_frames(backend, lengths[i], &seed);
}
