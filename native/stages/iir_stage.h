/* SPDX-License-Identifier: Apache-2.0
 *
 * What the stages made of biquads share: process, parameters that change while it runs, and the state's extension. Such
 * a stage's struct begins with an iir_stage; `destroy` is free.
 */
#ifndef STAGEBOX_STAGES_IIR_STAGE_H
#define STAGEBOX_STAGES_IIR_STAGE_H

#include <stagebox/stagebox.h>

#include "biquad.h"

typedef struct iir_stage iir_stage;

struct iir_stage {
  /* Writes the filter that the parameters ask for at stage->rate_hz; false if there is none. [any] */
  bool (*design)(const iir_stage *stage, sb_cascade *out);
  double rate_hz;
  bool changed; /* a parameter: design again before the next block; if that fails the filter stays as it is */
  bool settle;  /* begin as if the next frame had been there for ever */
  uint32_t sections, stride;
  sb_biquad_bank *bank;
};

/* Designs the filter and takes the memory for its state. Call it at the end of activate, when the parameters are checked;
 * it still fails if the filter would not be stable, in words that begin with the parameter `edge`. [control & !active] */
sb_status iir_stage_activate(iir_stage *stage, const sb_host *host, const sb_format *in, const char *edge);

/* Entries of sb_stage_class. */
sb_status iir_stage_process(void *self, const sb_block *in, sb_block *out);
void iir_stage_deactivate(void *self);
const void *iir_stage_extension(const char *id);

#endif
