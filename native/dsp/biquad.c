/* SPDX-License-Identifier: Apache-2.0 */
#include "biquad.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "biquad_kernel.h"

enum { LANES = 8, GROUP = 16 /* numbers of state in one section of one group of lanes */ };

struct sb_biquad_bank {
  uint32_t count, stride;
  bool float32;
  double gain;
  sb_biquad_f64 sections[SB_CASCADE_MAX_SECTIONS];
  sb_biquad_f32 sections32[SB_CASCADE_MAX_SECTIONS];
  double scale[SB_CASCADE_MAX_SECTIONS]; /* what w and v of a section are multiplied with to be s1 / d1 and s2 / d2 of the
                                            transposed direct form, as if every section had its own b0 */
  float *latest;                         /* [stride] the last row that came in */
  double *state;                         /* [stride / 8][count][2: w, v][8] */
  float *state32;                        /* the same, where float32 */
};

bool sb_cascade_stable(const sb_cascade *cascade) {
  for (uint32_t i = 0; i < cascade->count; i++) {
    const sb_biquad *s = &cascade->sections[i];
    if (!isfinite(s->b0) || s->b0 == 0) return false;
    if (!(s->a2 < 1 && fabs(s->a1) < 1 + s->a2)) return false; /* the stability triangle */
  }
  return true;
}

/* The scaling of a state must not be 0 (a notch at a quarter of the rate); -240 dB is far below float32. */
static double apart(double b, double a) { return fabs(b - a) < 1e-12 ? 1e-12 : b - a; }

static void set_sections(sb_biquad_bank *bank, const sb_cascade *cascade) {
  bank->gain = 1;
  for (uint32_t i = bank->count; i-- > 0;) {
    const sb_biquad *s = &cascade->sections[i];
    const double d1 = apart(s->b1 / s->b0, s->a1), d2 = apart(s->b2 / s->b0, s->a2);
    bank->sections[i] = (sb_biquad_f64){d1, d2 / d1, -s->a1, -s->a2 * d1 / d2};
    const sb_biquad_f64 *wide = &bank->sections[i];
    bank->sections32[i] = (sb_biquad_f32){(float)wide->d1, (float)wide->k, (float)wide->minus_a1, (float)wide->minus_r};
    bank->scale[i] = 1 / bank->gain; /* the b0 of the sections behind this one */
    bank->gain *= s->b0;
  }
}

static size_t numbers(const sb_biquad_bank *bank) { return (size_t)bank->stride * bank->count * 2; }

sb_biquad_bank *sb_biquad_create(const sb_cascade *cascade, uint32_t stride, bool float32_state) {
  if (cascade->count > SB_CASCADE_MAX_SECTIONS || stride % LANES) return NULL;
  sb_biquad_bank *bank = calloc(1, sizeof *bank);
  if (!bank) return NULL;
  bank->count = cascade->count;
  bank->stride = stride;
  bank->float32 = float32_state;
  const size_t bytes = numbers(bank) * (float32_state ? sizeof(float) : sizeof(double)) + 64; /* a multiple of 64 */
  void *state = aligned_alloc(64, bytes);
  bank->latest = calloc(stride, sizeof(float));
  if (float32_state) bank->state32 = state;
  else bank->state = state;
  if (!state || !bank->latest) return sb_biquad_destroy(bank), NULL;
  memset(state, 0, bytes);
  set_sections(bank, cascade);
  return bank;
}

void sb_biquad_destroy(sb_biquad_bank *bank) {
  if (!bank) return;
  free(bank->state), free(bank->state32), free(bank->latest), free(bank);
}

static double get(const sb_biquad_bank *bank, size_t i) { return bank->float32 ? bank->state32[i] : bank->state[i]; }

static void put(sb_biquad_bank *bank, size_t i, double number) {
  if (bank->float32) bank->state32[i] = (float)number;
  else bank->state[i] = number;
}

static size_t first_of(const sb_biquad_bank *bank, uint32_t channel) {
  return (size_t)(channel / LANES) * bank->count * GROUP + channel % LANES;
}

/* The state of a section whose input stays x, and its output. */
typedef struct steady {
  double w, v, y;
} steady;

static steady steady_of(const sb_biquad_f64 *section, double x) {
  const double w = x * (1 + section->k) / (1 - section->minus_a1 - section->k * section->minus_r);
  return (steady){w, x + section->minus_r * w, x + section->d1 * w};
}

static void remember(sb_biquad_bank *bank, const float *row) {
  for (uint32_t channel = 0; channel < bank->stride; channel++)
    bank->latest[channel] = isfinite(row[channel]) ? row[channel] : 0;
}

/* What a section's w and v are multiplied with to be those of the direct form. */
static double scale_of(const sb_biquad_bank *bank, uint32_t section, bool second) {
  const sb_biquad_f64 *c = &bank->sections[section];
  return bank->scale[section] * (second ? c->d1 * c->k : c->d1);
}

/* How far a channel's state is from the one settled on its latest input, distances[2 x sections]; and back. */
static void read_channel(const sb_biquad_bank *bank, uint32_t channel, double *distances) {
  size_t i = first_of(bank, channel);
  double x = bank->latest[channel] * bank->gain;
  for (uint32_t s = 0; s < bank->count; s++, i += GROUP) {
    const steady settled = steady_of(&bank->sections[s], x);
    distances[2 * s] = (get(bank, i) - settled.w) * scale_of(bank, s, false);
    distances[2 * s + 1] = (get(bank, i + LANES) - settled.v) * scale_of(bank, s, true);
    x = settled.y;
  }
}

static void write_channel(sb_biquad_bank *bank, uint32_t channel, const double *distances) {
  size_t i = first_of(bank, channel);
  double x = bank->latest[channel] * bank->gain;
  for (uint32_t s = 0; s < bank->count; s++, i += GROUP) {
    const steady settled = steady_of(&bank->sections[s], x);
    put(bank, i, settled.w + distances[2 * s] / scale_of(bank, s, false));
    put(bank, i + LANES, settled.v + distances[2 * s + 1] / scale_of(bank, s, true));
    x = settled.y;
  }
}

static size_t channel_bytes(const sb_biquad_bank *bank) { return (1 + 2 * (size_t)bank->count) * sizeof(double); }

size_t sb_biquad_state_bytes(const sb_biquad_bank *bank) { return bank->stride * channel_bytes(bank); }

void sb_biquad_save(const sb_biquad_bank *bank, void *bytes) {
  double numbers_of_channel[1 + 2 * SB_CASCADE_MAX_SECTIONS];
  for (uint32_t channel = 0; channel < bank->stride; channel++) {
    numbers_of_channel[0] = bank->latest[channel];
    read_channel(bank, channel, numbers_of_channel + 1);
    memcpy((char *)bytes + channel * channel_bytes(bank), numbers_of_channel, channel_bytes(bank));
  }
}

void sb_biquad_load(sb_biquad_bank *bank, const void *bytes) {
  double numbers_of_channel[1 + 2 * SB_CASCADE_MAX_SECTIONS];
  for (uint32_t channel = 0; channel < bank->stride; channel++) {
    memcpy(numbers_of_channel, (const char *)bytes + channel * channel_bytes(bank), channel_bytes(bank));
    for (uint32_t i = 0; i < 1 + 2 * bank->count; i++)
      if (!isfinite(numbers_of_channel[i])) numbers_of_channel[i] = 0;
    bank->latest[channel] = (float)numbers_of_channel[0];
    write_channel(bank, channel, numbers_of_channel + 1);
  }
}

void sb_biquad_change(sb_biquad_bank *bank, const sb_cascade *cascade) {
  if (cascade->count != bank->count) return;
  const sb_biquad_bank before = *bank;
  set_sections(bank, cascade);
  for (uint32_t channel = 0; channel < bank->stride; channel++) {
    double distances[2 * SB_CASCADE_MAX_SECTIONS];
    read_channel(&before, channel, distances);
    write_channel(bank, channel, distances);
  }
}

void sb_biquad_settle(sb_biquad_bank *bank, const float *row) {
  static const double none[2 * SB_CASCADE_MAX_SECTIONS];
  remember(bank, row);
  for (uint32_t channel = 0; channel < bank->stride; channel++) write_channel(bank, channel, none);
}

void sb_biquad_run(sb_biquad_bank *bank, const float *in, float *out, size_t frames) {
  if (frames == 0) return;
  remember(bank, in + (frames - 1) * bank->stride); /* before `out` may overwrite it */
  if (bank->float32)
    SB_ISA_PICK(sb_biquad_run_f32)(bank->sections32, bank->count, (float)bank->gain, bank->state32, in, out, frames,
                                   bank->stride);
  else
    SB_ISA_PICK(sb_biquad_run_f64)(bank->sections, bank->count, bank->gain, bank->state, in, out, frames, bank->stride);
}
