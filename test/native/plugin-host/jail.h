/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a function in a process of its own that has entered the sandbox, and tells what became of it.
 */
#ifndef STAGEBOX_TEST_JAIL_H
#define STAGEBOX_TEST_JAIL_H

#include <stdbool.h>

#include "sandbox.h"

typedef struct jail_end {
  int code;           /* what the function returned, usually errno; -1: it did not */
  int signal;         /* that it died of, or 0 */
  char words[4096];   /* on stderr */
  sb_sandbox_report report;
} jail_end;

typedef int (*jail_body)(void);

/* With these lines of options; after `seal` if it is true. */
jail_end jail_run(const char *options, bool seal, jail_body body);

/* Whether this system has the layer at all, as the kernel itself says; if not, the running test counts as skipped. */
bool jail_has_filter(void);
bool jail_has_landlock(void);
bool jail_has_ports(void);

/* CHECKs that it failed with EPERM and that `line` was told, just once. */
#define CHECK_REFUSED(options, seal, body, line) jail_check_refused(__FILE__, __LINE__, options, seal, body, line)
void jail_check_refused(const char *file, int at, const char *options, bool seal, jail_body body, const char *line);

/* A folder that everybody may enter and write, with a file "note" in it that everybody may read; new for each process. */
const char *jail_folder(void);

#endif
