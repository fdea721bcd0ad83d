/* SPDX-License-Identifier: Apache-2.0
 *
 * What moving_median and hampel share: a window of each channel's samples in order of size. Such a stage's struct begins
 * with a median_stage; `destroy` is free.
 */
#ifndef STAGEBOX_STAGES_MEDIAN_STAGE_H
#define STAGEBOX_STAGES_MEDIAN_STAGE_H

#include <moving_median.h>
#include <stagebox/stagebox.h>
#include <stdbool.h>

typedef struct median_stage median_stage;

struct median_stage {
  /* Set by create. What comes out once a sample is the newest of its channel's window. [rt] */
  float (*value)(const median_stage *stage, const sb_moving_median *window);
  double window_s;
  /* Set by activate. */
  uint32_t window, channels; /* the window is an odd number of frames, at least 3 */
  double rate_hz;
  bool begun;
  sb_moving_median *medians; /* [channels] */
  float *memory;
};

/* The first parameter of both. */
#define MEDIAN_STAGE_WINDOW_S                                                                                         \
  {.id = "window_s", .kind = SB_PARAM_NUMBER, .unit = "s", .minimum = 0.001, .maximum = 60, .fallback = "0.1",        \
   .description = "Length of the window, made an odd number of frames; the output lags by half of it."}

/* Entries of sb_stage_class. */
sb_status median_stage_activate(void *self, const sb_host *host, const sb_format *in, sb_format *out);
sb_status median_stage_process(void *self, const sb_block *in, sb_block *out);
void median_stage_deactivate(void *self);
const void *median_stage_extension(const char *id);

#endif
