/* SPDX-License-Identifier: Apache-2.0
 *
 * Multiplies a signal by a gain in decibels.
 */
#include <math.h>
#include <stagebox-stage.h>

static float factor;
static uint32_t width; /* numbers in a frame */

static sb_failure set_parameter(sb_text id, const sb_value *value) {
  if (!sb_text_is(id, "gain_db")) return "there is no such parameter";
  factor = (float)pow(10, value->number / 20);
  return NULL;
}

static sb_failure init(sb_text type, const sb_setting *params, uint32_t count, const sb_format *in, sb_format *out) {
  (void)type, (void)out;
  width = sb_format_width(in);
  sb_failure failure = NULL;
  for (uint32_t i = 0; i < count && !failure; i++) failure = set_parameter(params[i].id, &params[i].value);
  return failure;
}

static sb_failure process(const sb_block *in, float *out, uint32_t *frames) {
  const uint32_t count = *frames * width;
  for (uint32_t i = 0; i < count; i++) out[i] = in->samples[i] * factor;
  return NULL;
}

const sb_stage stagebox_stage = {.init = init, .process = process, .set_parameter = set_parameter};
