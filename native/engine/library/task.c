/* SPDX-License-Identifier: Apache-2.0 */
#include "task.h"

#include <stdlib.h>
#include <string.h>

#include "descriptor.h"
#include "error.h"

static int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/* The bytes that the digits are of; NULL if they are not digits in pairs. */
static uint8_t *bytes_of(const char *digits, size_t *count) {
  *count = strlen(digits) / 2;
  uint8_t *bytes = strlen(digits) % 2 == 0 ? malloc(*count + 1) : NULL;
  for (size_t i = 0; bytes && i < *count; i++) {
    const int high = digit(digits[2 * i]), low = digit(digits[2 * i + 1]);
    if (high < 0 || low < 0) return free(bytes), NULL;
    bytes[i] = (uint8_t)(high << 4 | low);
  }
  return bytes;
}

sb_status sb_task_read(const sb_options *options, sb_task *out) {
  *out = (sb_task){0};
  if (!options->file) return SB_OK;
  out->file = options->file;
  out->program = options->program;
  out->is_main = options->is_main;
  if (options->is_main) return SB_OK;
  if (!options->classes) return sb_error(SB_INVALID, "file=%s: needs classes", options->file);
  size_t count = 0;
  uint8_t *bytes = bytes_of(options->classes, &count);
  sb_error(SB_OK, "%s", "");
  const bool is_sound = bytes && sb_descriptor_unpack(bytes, count, &out->classes);
  free(bytes);
  if (!is_sound && *sb_last_error()) return SB_INVALID; /* what is wrong with a class */
  if (!is_sound) return sb_error(SB_INVALID, "classes: the digits are not of a list of classes");
  return SB_OK;
}
