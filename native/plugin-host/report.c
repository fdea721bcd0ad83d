/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(char *words, size_t room, const char *between, const char *format, va_list arguments) {
  const size_t length = strlen(words);
  const int gap = length > 0 ? snprintf(words + length, room - length, "%s", between) : 0;
  if (length + (size_t)gap < room) vsnprintf(words + length + gap, room - length - (size_t)gap, format, arguments);
}

void sb_report_force(sb_sandbox_report *report, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  add(report->in_force, sizeof report->in_force, ", ", format, arguments);
  va_end(arguments);
}

void sb_report_lack(sb_sandbox_report *report, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  add(report->lacking, sizeof report->lacking, "; ", format, arguments);
  va_end(arguments);
}

sb_status sb_report_failure(sb_sandbox_report *report, const char *format, ...) {
  const int error = errno;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(report->problem, sizeof report->problem, format, arguments);
  va_end(arguments);
  const size_t length = strlen(report->problem);
  snprintf(report->problem + length, sizeof report->problem - length, ": %s", strerror(error));
  return SB_UNSUPPORTED;
}
