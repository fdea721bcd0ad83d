/* SPDX-License-Identifier: Apache-2.0
 *
 * What decimate and resample share: a resampler, the times of its frames, and the events, each of which moves to the first
 * output frame at or after its own. `destroy` is free.
 */
#ifndef STAGEBOX_STAGES_RATE_STAGE_H
#define STAGEBOX_STAGES_RATE_STAGE_H

#include <stagebox/stagebox.h>

#include "event_hold.h"
#include "resample.h"

typedef struct rate_stage {
  double wanted; /* the parameter: a factor, or a rate */
  uint32_t reach;
  double in_rate_hz;
  uint32_t up, down;
  sb_resampler *resampler;
  sb_event_hold events;
} rate_stage;

/* The second parameter of both. */
#define RATE_STAGE_REACH                                                                                                      \
  {.id = "reach", .kind = SB_PARAM_INTEGER, .minimum = 6, .maximum = SB_RESAMPLE_MAX_REACH, .fallback = "16",                 \
   .description = "Samples of the lower rate that the anti-alias filter sees to each side: its delay. It is flat up to "      \
                  "(1 - 5.5 / reach) of half that rate."}

/* Entries of sb_stage_class; activate is called with the ratio. */
sb_status rate_stage_create(const sb_host *host, const sb_value *values, void **self);
sb_status rate_stage_activate(rate_stage *stage, const sb_host *host, const sb_format *in, sb_format *out, uint32_t up,
                              uint32_t down);
sb_status rate_stage_process(void *self, const sb_block *in, sb_block *out);
void rate_stage_deactivate(void *self);
const void *rate_stage_extension(const char *id);

#endif
