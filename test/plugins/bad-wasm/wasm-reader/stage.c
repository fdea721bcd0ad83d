// SPDX-License-Identifier: Apache-2.0
#include <stagebox-stage.h>

__attribute__((import_module("stagebox:plugin/filesystem@0.1.0"), import_name("read-metadata"))) void read_metadata(
    const char *grant, uint32_t grant_length, const char *path, uint32_t path_length, void *result);

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
  /* func(grant: string, path: string) -> result<metadata, error-code> */
  static _Alignas(8) char result[32];
  static const char path[] = "../../etc/passwd";
  read_metadata("recordings", 10, path, sizeof path - 1, result);
  return result[0] ? "it cannot be found" : NULL;
}

const sb_stage stagebox_stage = {.init = init, .process = process};
