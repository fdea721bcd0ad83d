/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"

#include <stagebox_engine.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

static _Thread_local char words[1024];

const char *sb_last_error(void) { return words; }

sb_status sb_error(sb_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(words, sizeof words, format, arguments);
  va_end(arguments);
  return status;
}

static sb_status fail(const sb_host *host, sb_status status, const char *format, ...) {
  (void)host;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(words, sizeof words, format, arguments);
  va_end(arguments);
  return status;
}

static const void *extension(const sb_host *host, const char *id) {
  (void)host, (void)id;
  return NULL;
}

const sb_host sb_engine_host = {.size = sizeof(sb_host), .fail = fail, .extension = extension};
