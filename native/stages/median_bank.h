/* SPDX-License-Identifier: Apache-2.0
 *
 * One moving median a channel: what moving_median and hampel share.
 */
#ifndef STAGEBOX_STAGES_MEDIAN_BANK_H
#define STAGEBOX_STAGES_MEDIAN_BANK_H

#include <moving_median.h>
#include <stagebox/stagebox.h>
#include <stdbool.h>

typedef struct sb_median_bank {
  uint32_t window, channels; /* the window is an odd number of frames */
  double rate_hz;
  bool begun;
  sb_moving_median *medians; /* [channels] */
  float *memory;
} sb_median_bank;

/* The window is `seconds` long, at least 3 frames. Fails with a sentence that begins with `param`. [control] */
sb_status sb_median_bank_open(sb_median_bank *bank, const sb_host *host, const sb_format *in, const char *param, double seconds);
void sb_median_bank_close(sb_median_bank *bank);

/* out = value(window) for each sample, once it is the newest of its channel's window; in->data may be out->data. [rt] */
void sb_median_bank_run(sb_median_bank *bank, const sb_block *in, sb_block *out, float (*value)(const sb_moving_median *window, void *context),
                        void *context);

/* Half the window. [any] */
double sb_median_bank_latency_s(const sb_median_bank *bank);

#endif
