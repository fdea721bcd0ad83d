/* SPDX-License-Identifier: Apache-2.0
 *
 * A file that shows that code of a plugin ran: STAGEBOX_BAD_FILE of the environment, or /tmp/stagebox-bad-plugin.
 */
#ifndef STAGEBOX_TEST_EVIDENCE_H
#define STAGEBOX_TEST_EVIDENCE_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void leave_evidence(const char *words) {
  const char *path = getenv("STAGEBOX_BAD_FILE");
  const int file = open(path ? path : "/tmp/stagebox-bad-plugin", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) return;
  if (write(file, words, strlen(words)) < 0) { /* then there is none */
  }
  close(file);
}

#endif
