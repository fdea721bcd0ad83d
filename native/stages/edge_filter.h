/* SPDX-License-Identifier: Apache-2.0
 *
 * What lowpass, highpass, bandpass and bandstop share: everything but their tables. A table begins with one edge, or
 * with two for band filters, and goes on with EDGE_FILTER_PARAMS.
 */
#ifndef STAGEBOX_STAGES_EDGE_FILTER_H
#define STAGEBOX_STAGES_EDGE_FILTER_H

#include "iir_design.h"
#include "iir_stage.h"

extern const char *const edge_filter_families[];

#define EDGE_FILTER_EDGE(name, hz, words)                                                                                      \
  {.id = name, .kind = SB_PARAM_NUMBER, .flags = SB_PARAM_LIVE, .unit = "Hz", .minimum = 0.001, .maximum = 1e6, .fallback = hz, \
   .description = words}

#define EDGE_FILTER_PARAMS                                                                                                     \
  {.id = "order", .kind = SB_PARAM_INTEGER, .minimum = 1, .maximum = SB_IIR_MAX_ORDER, .fallback = "4",                        \
   .description = "Order of the low-pass prototype: 6 dB per octave each, on both sides of a band."},                          \
  {.id = "family", .kind = SB_PARAM_CHOICE, .fallback = "butterworth", .choices = edge_filter_families,                        \
   .description = "Butterworth is flat, Chebyshev is steeper and ripples in the pass band, Bessel keeps the shape of waves."}, \
  {.id = "ripple_db", .kind = SB_PARAM_NUMBER, .unit = "dB", .minimum = 0.001, .maximum = 12, .fallback = "0.5",               \
   .description = "Ripple in the pass band of a Chebyshev filter."}

/* Entries of sb_stage_class; create is called with the stage's kind. */
sb_status edge_filter_create(const sb_host *host, const sb_value *values, sb_iir_kind kind, void **self);
sb_status edge_filter_activate(void *self, const sb_host *host, const sb_format *in, sb_format *out);
void edge_filter_set(void *self, uint32_t param, const sb_value *value);

/* All but type, name, description, params and create. */
#define EDGE_FILTER_CLASS                                                                                          \
  .size = sizeof(sb_stage_class), .flags = SB_STAGE_IN_PLACE, .category = "filter", .input = SB_PORT_SIGNAL,       \
  .output = SB_PORT_SIGNAL, .activate = edge_filter_activate, .process = iir_stage_process, .set = edge_filter_set, \
  .deactivate = iir_stage_deactivate, .destroy = free, .extension = iir_stage_extension

#endif
