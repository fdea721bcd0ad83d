/* SPDX-License-Identifier: Apache-2.0
 *
 * A linear-phase filter: keeps the shape of waves, and delays all of them alike.
 */
#include "fir.h"

#include <stagebox/stagebox.h>
#include <stdlib.h>

#include "edge_check.h"
#include "fir_design.h"

enum { MAX_TAPS = 4097 };

typedef struct fir_stage {
  sb_fir_kind kind;
  double low_hz, high_hz;
  uint32_t taps;
  sb_window window;
  double rate_hz;
  sb_fir *fir;
} fir_stage;

enum { KIND, LOW_HZ, HIGH_HZ, TAPS, WINDOW };

static const char *const kinds[] = {"lowpass", "highpass", "bandpass", "bandstop", NULL};

static const sb_param params[] = {
    [KIND] = {.id = "kind", .kind = SB_PARAM_CHOICE, .fallback = "bandpass", .choices = kinds,
              .description = "What passes."},
    [LOW_HZ] = {.id = "low_hz", .kind = SB_PARAM_NUMBER, .unit = "Hz", .minimum = 0.001, .maximum = 1e6, .fallback = "1",
                .description = "Lower edge, -6 dB; not read by a low pass."},
    [HIGH_HZ] = {.id = "high_hz", .kind = SB_PARAM_NUMBER, .unit = "Hz", .minimum = 0.001, .maximum = 1e6, .fallback = "40",
                 .description = "Upper edge, -6 dB; not read by a high pass."},
    [TAPS] = {.id = "taps", .kind = SB_PARAM_INTEGER, .minimum = 1, .maximum = MAX_TAPS, .fallback = "129",
              .description = "Length: more are steeper, and delay by half as many frames. Odd for high pass and band stop."},
    [WINDOW] = {.id = "window", .kind = SB_PARAM_CHOICE, .fallback = "hamming", .choices = sb_window_names,
                .description = "Rectangular is steepest, Blackman rejects most."},
};

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  fir_stage *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->kind = (sb_fir_kind)values[KIND].number;
  stage->low_hz = values[LOW_HZ].number;
  stage->high_hz = values[HIGH_HZ].number;
  stage->taps = (uint32_t)values[TAPS].number;
  stage->window = (sb_window)values[WINDOW].number;
  *self = stage;
  return SB_OK;
}

static sb_status check(const fir_stage *stage, const sb_host *host, const sb_format *in) {
  const bool odd_only = stage->kind == SB_FIR_HIGHPASS || stage->kind == SB_FIR_BANDSTOP;
  if (odd_only && stage->taps % 2 == 0)
    return host->fail(host, SB_INVALID, "taps: a %s needs an odd number, not %u; choose %u", kinds[stage->kind], stage->taps,
                      stage->taps + 1);
  if (stage->kind == SB_FIR_LOWPASS) return edge_check(host, in, "high_hz", stage->high_hz);
  if (stage->kind == SB_FIR_HIGHPASS) return edge_check(host, in, "low_hz", stage->low_hz);
  return band_check(host, in, stage->low_hz, stage->high_hz);
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  fir_stage *stage = self;
  double taps[MAX_TAPS];
  const sb_status status = check(stage, host, in);
  if (status != SB_OK) return status;
  stage->rate_hz = in->rate_hz;
  if (!sb_fir_design(taps, stage->taps, stage->kind, stage->low_hz / in->rate_hz, stage->high_hz / in->rate_hz, stage->window))
    return host->fail(host, SB_INVALID, "taps: %u are too few for this filter; choose more", stage->taps);
  stage->fir = sb_fir_create(taps, stage->taps, sb_stride(in->channels, in->values));
  return stage->fir ? SB_OK : host->fail(host, SB_NO_MEMORY, "out of memory");
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  sb_fir_run(((fir_stage *)self)->fir, in->data, out->data, in->frames);
  return SB_OK;
}

static void deactivate(void *self) {
  fir_stage *stage = self;
  sb_fir_destroy(stage->fir);
  stage->fir = NULL;
}

static double latency_seconds(const void *self) {
  const fir_stage *stage = self;
  return (stage->taps - 1) / 2.0 / stage->rate_hz;
}

static uint32_t state_bytes(const void *self) { return (uint32_t)sb_fir_state_bytes(((const fir_stage *)self)->fir); }

static void state_save(const void *self, void *out) { sb_fir_save(((const fir_stage *)self)->fir, out); }

static sb_status state_load(void *self, const void *bytes, uint32_t count) {
  return sb_fir_load(((fir_stage *)self)->fir, bytes, count) ? SB_OK : SB_INVALID;
}

static const void *extension(const char *id) {
  static const sb_ext_latency latency = {latency_seconds};
  static const sb_ext_state state = {state_bytes, state_save, state_load};
  return strcmp(id, SB_EXT_LATENCY) == 0 ? (const void *)&latency : strcmp(id, SB_EXT_STATE) == 0 ? &state : NULL;
}

const sb_stage_class sb_stage_fir = {
    .size = sizeof(sb_stage_class),
    .flags = SB_STAGE_IN_PLACE,
    .type = "fir",
    .name = "Linear-phase filter",
    .category = "filter",
    .description = "Filters by convolution with a windowed ideal response; all frequencies are delayed alike.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_SIGNAL,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
    .activate = activate,
    .process = process,
    .deactivate = deactivate,
    .destroy = free,
    .extension = extension,
};
