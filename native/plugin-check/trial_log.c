/* SPDX-License-Identifier: Apache-2.0 */
#include "trial_log.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static const char PREFIX[] = "refused: ";

static char refusals[TRIAL_LOG_REFUSALS], line[512];
static size_t length;

const char *trial_log_refusals(void) { return refusals; }
void trial_log_begin(void) { length = 0; }

static void keep(const char *words) {
  const size_t used = strlen(refusals);
  if (strstr(refusals, words) || used + strlen(words) + 3 > sizeof refusals) return;
  if (used) strcat(refusals, "; ");
  strcat(refusals, words);
}

static void end_line(void) {
  line[length] = 0;
  length = 0;
  if (strncmp(line, PREFIX, sizeof PREFIX - 1) == 0) keep(line + sizeof PREFIX - 1);
}

bool trial_log_read(int pipe) {
  char bytes[4096];
  const ssize_t count = read(pipe, bytes, sizeof bytes);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  for (ssize_t i = 0; i < count; i++) {
    if (bytes[i] == '\n') end_line();
    else if (length < sizeof line - 1) line[length++] = bytes[i];
  }
  if (count > 0 && write(STDERR_FILENO, bytes, (size_t)count) < 0) return true; /* nobody listens */
  return count > 0;
}
