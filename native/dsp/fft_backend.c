/* SPDX-License-Identifier: Apache-2.0 */
#include "fft_backend.h"

#include <stdlib.h>
#include <string.h>

#include "fft_plan.h"

enum { LANES = 8 };

static const sb_fft_transforms *in_force;

void sb_fft_set_backend(const sb_fft_transforms *transforms) { in_force = transforms; }

/* Room for rows of 8 lanes: the frames, and behind them the spectrum. */
static float *new_scratch(uint32_t size) {
  const size_t floats = (2 * (size_t)size + 2) * LANES;
  return aligned_alloc(64, (floats * sizeof(float) + 63) / 64 * 64);
}

static float *spectrum_of(const sb_fft *fft) { return fft->scratch + (size_t)fft->size * LANES; }

static _Thread_local uint32_t plans_made;

uint32_t sb_fft_plans_made(void) { return plans_made; }

bool sb_fft_backend_plan(sb_fft *fft) {
  plans_made++;
  if (!in_force) return false;
  void *plan = in_force->create(in_force->context, fft->size);
  if (!plan) return false;
  fft->backend = in_force;
  fft->plan = plan;
  fft->scratch = new_scratch(fft->size);
  if (fft->scratch) return true;
  sb_fft_backend_forget(fft);
  return false;
}

void sb_fft_backend_forget(sb_fft *fft) {
  if (fft->backend) fft->backend->destroy(fft->backend->context, fft->plan);
  fft->backend = NULL;
}

static void gather(const float *in, uint32_t rows, uint32_t stride, float *out) {
  for (uint32_t t = 0; t < rows; t++) memcpy(out + (size_t)t * LANES, in + (size_t)t * stride, LANES * sizeof *out);
}

static void scatter(const float *in, uint32_t rows, uint32_t stride, float *out) {
  for (uint32_t t = 0; t < rows; t++) memcpy(out + (size_t)t * stride, in + (size_t)t * LANES, LANES * sizeof *out);
}

void sb_fft_backend_forward(const sb_fft *fft, const float *in, float *out, uint32_t stride) {
  for (uint32_t lane = 0; lane < stride; lane += LANES) {
    gather(in + lane, fft->size, stride, fft->scratch);
    fft->backend->forward(fft->plan, fft->scratch, spectrum_of(fft));
    scatter(spectrum_of(fft), fft->size + 2, stride, out + lane);
  }
}

void sb_fft_backend_inverse(const sb_fft *fft, const float *in, float *out, uint32_t stride) {
  for (uint32_t lane = 0; lane < stride; lane += LANES) {
    gather(in + lane, fft->size + 2, stride, spectrum_of(fft));
    fft->backend->inverse(fft->plan, spectrum_of(fft), fft->scratch);
    scatter(fft->scratch, fft->size, stride, out + lane);
  }
}

static void taper(const float *in, const float *window, bool detrend, uint32_t size, uint32_t stride, float *out) {
  float mean[LANES] = {0};
  for (uint32_t t = 0; detrend && t < size; t++)
    for (int i = 0; i < LANES; i++) mean[i] += in[(size_t)t * stride + (size_t)i];
  for (int i = 0; i < LANES; i++) mean[i] /= (float)size;
  for (uint32_t t = 0; t < size; t++)
    for (int i = 0; i < LANES; i++) out[(size_t)t * LANES + (size_t)i] = (in[(size_t)t * stride + (size_t)i] - mean[i]) * window[t];
}

void sb_fft_backend_power(const sb_fft *fft, const float *in, const float *window, bool detrend, float *power, uint32_t stride) {
  for (uint32_t lane = 0; lane < stride; lane += LANES) {
    taper(in + lane, window, detrend, fft->size, stride, fft->scratch);
    fft->backend->forward(fft->plan, fft->scratch, spectrum_of(fft));
    for (uint32_t b = 0; b <= fft->size / 2; b++) {
      const float *re = spectrum_of(fft) + (size_t)2 * b * LANES, *im = re + LANES;
      for (int i = 0; i < LANES; i++) power[(size_t)b * stride + lane + (size_t)i] = re[i] * re[i] + im[i] * im[i];
    }
  }
}
