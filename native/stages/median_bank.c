/* SPDX-License-Identifier: Apache-2.0 */
#include "median_bank.h"

#include <stdlib.h>

#include "window_frames.h"

enum { MAX_WINDOW = 4097 }; /* a sample costs a move of half as many floats */

sb_status sb_median_bank_open(sb_median_bank *bank, const sb_host *host, const sb_format *in, const char *param, double seconds) {
  uint32_t frames;
  const sb_status status = sb_window_frames(host, param, seconds, in, &frames);
  if (status != SB_OK) return status;
  const uint32_t window = frames < 3 ? 3 : frames | 1;
  if (window > MAX_WINDOW)
    return host->fail(host, SB_INVALID, "%s: %g s is %u frames at %g Hz; choose at most %g s (%d frames)", param, seconds,
                      window, in->rate_hz, MAX_WINDOW / in->rate_hz, MAX_WINDOW);
  *bank = (sb_median_bank){.window = window, .channels = in->channels, .rate_hz = in->rate_hz};
  bank->medians = calloc(in->channels, sizeof *bank->medians);
  bank->memory = calloc((size_t)2 * window * in->channels, sizeof(float));
  if (!bank->medians || !bank->memory) {
    sb_median_bank_close(bank);
    return host->fail(host, SB_NO_MEMORY, "%s: no memory for %g s; choose a shorter window", param, seconds);
  }
  for (uint32_t c = 0; c < in->channels; c++) {
    float *recent = bank->memory + (size_t)2 * window * c;
    bank->medians[c] = (sb_moving_median){.window = window, .recent = recent, .sorted = recent + window};
  }
  return SB_OK;
}

void sb_median_bank_close(sb_median_bank *bank) {
  free(bank->medians), free(bank->memory);
  *bank = (sb_median_bank){0};
}

void sb_median_bank_run(sb_median_bank *bank, const sb_block *in, sb_block *out,
                        float (*value)(const sb_moving_median *, void *), void *context) {
  if (in->frames == 0) return;
  for (uint32_t c = 0; c < bank->channels; c++) {
    sb_moving_median *median = &bank->medians[c];
    if (!bank->begun) sb_moving_median_begin(median, in->data[c]);
    for (size_t f = 0; f < in->frames; f++) {
      sb_moving_median_push(median, in->data[f * in->stride + c]);
      out->data[f * out->stride + c] = value(median, context);
    }
  }
  for (size_t f = 0; f < in->frames; f++)
    for (uint32_t c = bank->channels; c < out->stride; c++) out->data[f * out->stride + c] = 0;
  bank->begun = true;
}

double sb_median_bank_latency_s(const sb_median_bank *bank) { return (bank->window - 1) / 2 / bank->rate_hz; }
