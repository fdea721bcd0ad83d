/* SPDX-License-Identifier: Apache-2.0
 *
 * The envelope of a signal: put a band pass before it, and what comes out is the amplitude of that rhythm over time.
 */
#include <hilbert.h>
#include <stagebox/stagebox.h>
#include <stdlib.h>

#include "edge_check.h"

typedef struct envelope {
  double low_hz, latency_s;
  sb_hilbert *hilbert;
} envelope;

enum { LOW_HZ };

static const sb_param params[] = {
    [LOW_HZ] = {.id = "low_hz", .kind = SB_PARAM_NUMBER, .unit = "Hz", .minimum = 0.01, .maximum = 1e5, .fallback = "4",
                .description = "Lowest frequency of interest, as a rule the lower edge of the band pass before it; the lower, the longer the "
                               "delay."},
};

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  envelope *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->low_hz = values[LOW_HZ].number;
  *self = stage;
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  envelope *stage = self;
  const sb_status status = rate_check(host, in);
  if (status != SB_OK) return status;
  if (stage->low_hz >= in->rate_hz / 4)
    return host->fail(host, SB_INVALID, "low_hz: %g Hz is not below a quarter of the rate (%g Hz); choose less", stage->low_hz,
                      in->rate_hz / 4);
  const uint32_t taps = sb_hilbert_taps(stage->low_hz, in->rate_hz);
  if (taps > SB_HILBERT_MAX_TAPS)
    return host->fail(host, SB_INVALID, "low_hz: %g Hz at a rate of %g Hz needs %u taps, more than %d; choose a higher one or reduce "
                      "the rate first", stage->low_hz, in->rate_hz, taps, SB_HILBERT_MAX_TAPS);
  stage->latency_s = (taps - 1) / 2 / in->rate_hz;
  stage->hilbert = sb_hilbert_create(taps, sb_stride(in->channels, 1), in->max_frames);
  return stage->hilbert ? SB_OK : host->fail(host, SB_NO_MEMORY, "out of memory");
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  sb_hilbert_envelope(((envelope *)self)->hilbert, in->data, out->data, in->frames);
  return SB_OK;
}

static void deactivate(void *self) {
  envelope *stage = self;
  sb_hilbert_destroy(stage->hilbert);
  stage->hilbert = NULL;
}

static double latency_seconds(const void *self) { return ((const envelope *)self)->latency_s; }

static const void *extension(const char *id) {
  static const sb_ext_latency latency = {.seconds = latency_seconds};
  return strcmp(id, SB_EXT_LATENCY) == 0 ? &latency : NULL;
}

const sb_stage_class sb_stage_envelope = {
    .size = sizeof(sb_stage_class),
    .flags = SB_STAGE_IN_PLACE,
    .type = "envelope",
    .name = "Envelope",
    .category = "spectral",
    .description = "Amplitude of a band-passed signal over time: the magnitude of its analytic signal, by a Hilbert transformer.",
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
