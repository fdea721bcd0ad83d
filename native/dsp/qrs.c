/* SPDX-License-Identifier: Apache-2.0
 *
 * After Pan and Tompkins 1985, "A real-time QRS detection algorithm" (IEEE Trans. Biomed. Eng. 32): every bump of the QRS
 * energy is a beat if it is nearer to the size of recent beats than to that of recent noise; where a beat is overdue, the
 * largest bump that was passed over is looked at again with half the threshold. Unlike theirs it also learns anew when
 * beats stay away (an artefact has raised the threshold, an electrode has moved), and takes as the R peak the input's
 * extreme on the side where extremes have been larger, so that an inverted lead does not matter.
 */
#include "qrs.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "qrs_energy.h"

static const double LEARN_S = 2, REFRACTORY_S = 0.2, T_WAVE_S = 0.36, CONFIRM_S = 0.12, SEARCH_S = 0.075, RELEARN_S = 3;
static const double THRESHOLD = 0.3, OVERDUE = 1.66, MEMORY = 1.0 / 8;

/* A bump of the energy, and what the input did there. */
typedef struct bump {
  double size;
  int64_t frame;       /* of its top, in the input's time */
  int64_t high, low;   /* frames of the input's extremes around it */
  double above, below; /* how far they are from the input's mean there */
} bump;

struct sb_qrs {
  double rate_hz;
  int64_t frame;            /* number of the next sample */
  int64_t first;            /* of the first sample after the last gap */
  float last_sample;        /* the last one that was finite */
  sb_qrs_energy energy;
  double previous;          /* energy */
  float *recent;            /* [recent_frames] of the input */
  uint32_t recent_frames;
  double top;               /* of the bump that goes on; 0: none */
  int64_t top_frame;        /* counted in samples pushed: `lag` later than in the input */
  bump passed[SB_QRS_MAX_BEATS]; /* over since the last beat, oldest first; all, while learning */
  uint32_t passed_count;
  bool learnt;
  double beat_size, noise_size, interval; /* running means; the interval in frames */
  double above, below;                    /* running means of beats */
  double last_size;
  int64_t last_beat, last_peak, relearn_at; /* frames: energy top, R peak */
};

static int64_t frames_of(const sb_qrs *qrs, double seconds) { return (int64_t)(seconds * qrs->rate_hz + 0.5); }

sb_qrs *sb_qrs_create(double rate_hz) {
  sb_qrs *qrs = calloc(1, sizeof *qrs);
  if (!qrs) return NULL;
  qrs->rate_hz = rate_hz;
  qrs->recent_frames = (uint32_t)frames_of(qrs, 1) + 1;
  qrs->recent = calloc(qrs->recent_frames, sizeof *qrs->recent);
  if (!qrs->recent || sb_qrs_energy_open(&qrs->energy, rate_hz) != 0) {
    sb_qrs_destroy(qrs);
    return NULL;
  }
  qrs->interval = rate_hz;
  qrs->last_beat = qrs->last_peak = INT64_MIN / 2;
  qrs->relearn_at = frames_of(qrs, LEARN_S);
  return qrs;
}

void sb_qrs_destroy(sb_qrs *qrs) {
  if (!qrs) return;
  sb_qrs_energy_close(&qrs->energy);
  free(qrs->recent), free(qrs);
}

/* False if all of it lies before the last gap, where the input is not known any more. */
static bool describe(const sb_qrs *qrs, bump *out) {
  bump b = {.size = qrs->top, .frame = qrs->top_frame - qrs->energy.lag};
  int64_t from = b.frame - frames_of(qrs, SEARCH_S), to = b.frame + frames_of(qrs, SEARCH_S);
  if (from < qrs->first) from = qrs->first;
  if (to >= qrs->frame) to = qrs->frame - 1;
  if (to < from) return false;
  double sum = 0;
  float high = -INFINITY, low = INFINITY;
  for (int64_t f = from; f <= to; f++) {
    const float sample = qrs->recent[f % qrs->recent_frames];
    sum += sample;
    if (sample > high) high = sample, b.high = f;
    if (sample < low) low = sample, b.low = f;
  }
  const double mean = sum / (double)(to - from + 1);
  b.above = high - mean;
  b.below = mean - low;
  *out = b;
  return true;
}

static double threshold(const sb_qrs *qrs) { return qrs->noise_size + THRESHOLD * (qrs->beat_size - qrs->noise_size); }

/* Neither the same heart beat again nor its T wave. */
static bool may_be_beat(const sb_qrs *qrs, const bump *b) {
  const int64_t since = b->frame - qrs->last_beat;
  return since > frames_of(qrs, REFRACTORY_S) && (since > frames_of(qrs, T_WAVE_S) || b->size > qrs->last_size / 2);
}

static uint32_t accept(sb_qrs *qrs, const bump *b, int64_t *peak) {
  const int64_t interval = b->frame - qrs->last_beat;
  if (interval < frames_of(qrs, 2)) qrs->interval += MEMORY * ((double)interval - qrs->interval);
  qrs->beat_size += MEMORY * (fmin(b->size, 2 * qrs->beat_size) - qrs->beat_size);
  qrs->above += MEMORY * (b->above - qrs->above);
  qrs->below += MEMORY * (b->below - qrs->below);
  qrs->last_size = b->size;
  qrs->last_beat = b->frame;
  qrs->relearn_at = qrs->frame + frames_of(qrs, RELEARN_S);
  qrs->passed_count = 0;
  const int64_t found = qrs->above >= qrs->below ? b->high : b->low;
  if (found <= qrs->last_peak) return 0;
  *peak = qrs->last_peak = found;
  return 1;
}

static void pass_over(sb_qrs *qrs, const bump *b) {
  if (qrs->passed_count == SB_QRS_MAX_BEATS) memmove(qrs->passed, qrs->passed + 1, --qrs->passed_count * sizeof *b);
  qrs->passed[qrs->passed_count++] = *b;
}

static uint32_t judge(sb_qrs *qrs, const bump *b, int64_t *peak) {
  if (b->size > threshold(qrs) && may_be_beat(qrs, b)) return accept(qrs, b, peak);
  qrs->noise_size += MEMORY * (fmin(b->size, qrs->beat_size) - qrs->noise_size);
  pass_over(qrs, b);
  return 0;
}

/* Looks at all that was passed over again, with other thresholds. */
static uint32_t judge_again(sb_qrs *qrs, int64_t *peaks) {
  bump again[SB_QRS_MAX_BEATS];
  const uint32_t count = qrs->passed_count;
  memcpy(again, qrs->passed, count * sizeof *again);
  qrs->passed_count = 0;
  uint32_t found = 0;
  for (uint32_t i = 0; i < count; i++) found += judge(qrs, &again[i], peaks + found);
  return found;
}

/* At the end of the first seconds, and when beats have stayed away: takes the largest bump for a beat, if only to
 * begin with. */
static uint32_t learn(sb_qrs *qrs, int64_t *peaks) {
  double largest = 0;
  for (uint32_t i = 0; i < qrs->passed_count; i++) {
    largest = fmax(largest, qrs->passed[i].size);
    if (qrs->learnt) continue;
    qrs->above += qrs->passed[i].above * qrs->passed[i].size;
    qrs->below += qrs->passed[i].below * qrs->passed[i].size;
  }
  qrs->relearn_at = qrs->frame + frames_of(qrs, qrs->learnt ? 1 : RELEARN_S);
  if (largest == 0) return 0;
  if (!qrs->learnt) {
    const double scale = largest / fmax(qrs->above + qrs->below, 1e-300);
    qrs->above *= scale, qrs->below *= scale;
  }
  qrs->learnt = true;
  qrs->beat_size = largest;
  qrs->noise_size = 0;
  return judge_again(qrs, peaks);
}

static uint32_t search_back(sb_qrs *qrs, int64_t *peak) {
  const bump *best = NULL;
  for (uint32_t i = 0; i < qrs->passed_count; i++)
    if (may_be_beat(qrs, &qrs->passed[i]) && (!best || qrs->passed[i].size > best->size)) best = &qrs->passed[i];
  if (!best || best->size < threshold(qrs) / 2) return 0;
  const bump found = *best;
  return accept(qrs, &found, peak);
}

/* Follows the energy uphill; returns whether a bump has just been confirmed. */
static bool follow(sb_qrs *qrs, double energy) {
  const double resolution = 1e-6 * fabs((double)qrs->last_sample); /* of float32: what is below is rounding */
  const bool rises = energy > qrs->previous && energy > resolution;
  qrs->previous = energy;
  if (qrs->top > 0 ? energy > qrs->top : rises) {
    qrs->top = energy;
    qrs->top_frame = qrs->frame;
  }
  return qrs->top > 0 && qrs->frame - qrs->top_frame >= frames_of(qrs, CONFIRM_S);
}

uint32_t sb_qrs_push(sb_qrs *qrs, float sample, int64_t *beats) {
  if (isfinite(sample)) qrs->last_sample = sample;
  qrs->recent[qrs->frame % qrs->recent_frames] = qrs->last_sample;
  const bool confirmed = follow(qrs, sb_qrs_energy_push(&qrs->energy, qrs->last_sample));
  qrs->frame++;
  uint32_t found = 0;
  if (confirmed) {
    bump b;
    const bool known = describe(qrs, &b);
    qrs->top = 0;
    if (known && qrs->learnt) found = judge(qrs, &b, beats);
    else if (known) pass_over(qrs, &b);
  }
  if (qrs->frame >= qrs->relearn_at) return found + learn(qrs, beats + found);
  if (qrs->learnt && found == 0 && (double)(qrs->frame - qrs->energy.lag - qrs->last_beat) > OVERDUE * qrs->interval)
    found = search_back(qrs, beats);
  return found;
}

void sb_qrs_skip(sb_qrs *qrs, uint32_t frames) {
  qrs->frame += frames;
  qrs->first = qrs->frame;
  qrs->relearn_at += frames;
  qrs->top = 0;
  qrs->passed_count = 0;
}
