/* SPDX-License-Identifier: Apache-2.0
 *
 * The library under test, as every trial opens it: in the sandbox of a plugin's process, from a sealed copy.
 */
#ifndef STAGEBOX_CHECK_CANDIDATE_H
#define STAGEBOX_CHECK_CANDIDATE_H

#include "assignment.h"
#include "options.h"

typedef struct candidate {
  int file;           /* the sealed copy */
  const char *name;   /* "libgain.so" */
  sb_options options;
  const char *lines;  /* those that these were read from */
  char warning[160];  /* of its ABI, or "" */
} candidate;

/* Copies and checks it, and runs none of it. A failure's words are in sb_last_error. */
sb_status candidate_read(const char *path, const char *options, candidate *out);

/* [trial] Takes this process's rights away, opens the library, lets it register, and tries what is assigned. Where the
 * library is an adapter that makes the process another program, within.h goes on there. */
void candidate_try(const candidate *of, const assignment *assigned);

#endif
