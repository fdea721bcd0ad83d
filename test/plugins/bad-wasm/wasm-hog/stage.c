// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <stagebox-stage.h>

static long good;
static uint32_t width; /* numbers in a frame */

static sb_failure init(sb_text type, const sb_setting *params, uint32_t count, const sb_format *in, sb_format *out) {
  (void)type, (void)count, (void)out;
  good = (long)params[0].value.number;
  width = sb_format_width(in);
  return NULL;
}

static sb_failure process(const sb_block *in, float *out, uint32_t *frames) {
  memcpy(out, in->samples, *frames * width * sizeof *out);
  if (good-- > 0) return NULL;
  for (;;) {
    char *more = malloc(1 << 20);
    if (!more) __builtin_trap();
    for (size_t i = 0; i < 1 << 20; i += 4096) *(volatile char *)(more + i) = 1;
  }
}

const sb_stage stagebox_stage = {.init = init, .process = process};
