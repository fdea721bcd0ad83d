/* SPDX-License-Identifier: Apache-2.0 */
#include "edge_filter.h"

#include <stdlib.h>

#include "edge_check.h"

const char *const edge_filter_families[] = {"butterworth", "chebyshev", "bessel", NULL};

typedef struct edge_filter {
  iir_stage iir;
  sb_iir_kind kind;
  sb_iir_prototype prototype; /* made once: what a change of an edge costs is only its transformation */
  double edges_hz[2];
} edge_filter;

enum { ORDER, FAMILY, RIPPLE_DB }; /* behind the edges */

static uint32_t edge_count(sb_iir_kind kind) { return kind >= SB_IIR_BANDPASS ? 2 : 1; }

static bool design(const iir_stage *stage, sb_cascade *out) {
  const edge_filter *filter = (const edge_filter *)stage;
  return sb_iir_design(out, &filter->prototype, filter->kind, filter->edges_hz[0], filter->edges_hz[1], stage->rate_hz);
}

void edge_filter_set(void *self, uint32_t param, const sb_value *value) {
  edge_filter *filter = self;
  if (param >= edge_count(filter->kind)) return;
  filter->edges_hz[param] = value->number;
  filter->iir.changed = true;
}

sb_status edge_filter_create(const sb_host *host, const sb_value *values, sb_iir_kind kind, void **self) {
  edge_filter *filter = calloc(1, sizeof *filter);
  if (!filter) return host->fail(host, SB_NO_MEMORY, "out of memory");
  const sb_value *shape = values + edge_count(kind);
  filter->iir.design = design;
  filter->kind = kind;
  for (uint32_t i = 0; i < edge_count(kind); i++) filter->edges_hz[i] = values[i].number;
  sb_iir_prototype_fill(&filter->prototype, (sb_iir_family)shape[FAMILY].number, (uint32_t)shape[ORDER].number,
                        shape[RIPPLE_DB].number);
  *self = filter;
  return SB_OK;
}

sb_status edge_filter_activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  edge_filter *filter = self;
  const bool band = edge_count(filter->kind) == 2;
  const sb_status status = band ? band_check(host, in, filter->edges_hz[0], filter->edges_hz[1])
                                : edge_check(host, in, "freq_hz", filter->edges_hz[0]);
  return status == SB_OK ? iir_stage_activate(&filter->iir, host, in, band ? "low_hz" : "freq_hz") : status;
}
