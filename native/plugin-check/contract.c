/* SPDX-License-Identifier: Apache-2.0 */
#include "contract.h"

#include <math.h>
#include <stagebox_engine.h>
#include <string.h>

#include "format_limits.h"
#include "trial.h"

const uint32_t contract_unwritten = 0xffa5a5a5;

static void require_names(const char *const *names, uint32_t count, const char *what) {
  if (!names) trial_fail("activate leaves %s empty", what);
  for (uint32_t i = 0; i < count; i++)
    if (!names[i] || !*names[i]) trial_fail("activate leaves %s[%u] empty", what, i);
}

void contract_check_format(const rig *r) {
  const sb_format *out = &r->format;
  const uint32_t port = r->of->stage ? r->of->stage->output : SB_PORT_SIGNAL;
  if (port == SB_PORT_NONE) return;
  if (out->port != port) trial_fail("activate puts out.port to %u, where the class says %u", out->port, port);
  if (!sb_format_has_possible_shape(out))
    trial_fail("activate promises %u channels x %u values x %u frames, which is not possible", out->channels,
               out->values, out->max_frames);
  if (!sb_format_has_possible_rate(out))
    trial_fail("activate promises a rate of %g Hz, which is not possible", out->rate_hz);
  if (out->port == SB_PORT_SIGNAL && out->values != 1)
    trial_fail("activate promises a signal of %u values; it has one", out->values);
  if (out->port == SB_PORT_SPECTRUM && !(out->bin_hz > 0))
    trial_fail("activate promises a spectrum with bins of %g Hz", out->bin_hz);
  CALL("reading the format that activate left", {
    if (!out->unit) trial_fail("activate leaves unit empty");
    require_names(out->channel_names, out->channels, "channel_names");
    if (out->port == SB_PORT_FEATURES) require_names(out->value_names, out->values, "value_names");
  });
}

static void check_rows(const rig *r, const sb_block *out, const char *call) {
  const uint32_t width = out->channels * out->values;
  for (uint32_t f = 0; f < out->frames; f++)
    for (uint32_t i = 0; i < out->stride; i++) {
      const float *at = out->data + (size_t)f * out->stride + i;
      if (i < width && !r->in_place && memcmp(at, &contract_unwritten, sizeof contract_unwritten) == 0)
        trial_fail("%s leaves its output unwritten: frame %u of %u, column %u of %u", call, f, out->frames, i, width);
      if (i >= width && !isfinite(*at))
        trial_fail("%s leaves %g in the padding behind a row; it must be finite", call, (double)*at);
    }
}

void contract_check_block(const rig *r, const sb_block *in_before, const sb_block *out_before, sb_status status) {
  const char *call = r->of->stage ? "process" : "read";
  const sb_block *out = &r->out_block;
  const uint32_t most = r->of->stage ? r->format.max_frames : out_before->frames;
  if (status == SB_CRASHED) trial_fail("%s fails: %s", call, sb_last_error());
  if (status != SB_OK)
    trial_fail("%s returns %d; it must be SB_OK (0) for every block that its format allows", call, status);
  if (r->of->stage && memcmp(&r->in_block, in_before, sizeof *in_before) != 0)
    trial_fail("process changes its input block");
  if (out->data != out_before->data || out->events != out_before->events || out->times_ns != out_before->times_ns)
    trial_fail("%s points the output block to other memory; write to where it points", call);
  if (r->of->stage && r->of->stage->output == SB_PORT_NONE) return;
  if (out->frames > most)
    trial_fail("%s puts out %u frames for a block of %u; at most %u were %s", call, out->frames,
               r->of->stage ? r->in_block.frames : out_before->frames, most, r->of->stage ? "promised" : "asked for");
  if (out->channels != r->format.channels || out->values != r->format.values || out->stride != out_before->stride ||
      out->rate_hz != r->format.rate_hz)
    trial_fail("%s changes the output's shape: %u channels x %u values, stride %u, %g Hz, "
               "where %u x %u, stride %u, %g Hz were promised",
               call, out->channels, out->values, out->stride, out->rate_hz, r->format.channels, r->format.values,
               out_before->stride, r->format.rate_hz);
  if (out->event_count > SB_BLOCK_MAX_EVENTS)
    trial_fail("%s puts out %u events; a block carries %d", call, out->event_count, SB_BLOCK_MAX_EVENTS);
  for (uint32_t i = 0; i < out->event_count; i++) {
    if (!memchr(out->events[i].label, 0, SB_EVENT_LABEL_BYTES))
      trial_fail("%s puts out an event whose label has no closing zero", call);
    if (out->frames && out->events[i].frame >= (int32_t)out->frames)
      trial_fail("%s puts out an event at frame %d of a block of %u", call, out->events[i].frame, out->frames);
  }
  check_rows(r, out, call);
  if (!fence_slack_stands(r->out_block.data))
    trial_fail("writes beyond its output, within 64 bytes behind its end, in %s", call);
}
