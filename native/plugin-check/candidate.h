/* SPDX-License-Identifier: Apache-2.0
 *
 * The library under test, as every trial opens it: in the sandbox of a plugin's process, from a sealed copy.
 */
#ifndef STAGEBOX_CHECK_CANDIDATE_H
#define STAGEBOX_CHECK_CANDIDATE_H

#include <stagebox/ext/draft/fft_backend.h>

#include "component.h"
#include "options.h"

enum { CANDIDATE_MOST = 256 };

typedef struct candidate {
  int file;           /* the sealed copy */
  const char *name;   /* "libgain.so" */
  sb_options options;
  char warning[160];  /* of its ABI, or "" */
  void *handle;       /* in a trial only */
} candidate;

/* What its components see. */
extern const sb_host *candidate_host;

/* The transforms that the library offered as it registered; NULL: none. */
const sb_fft_backend *candidate_backend(void);

/* Copies and checks it, and runs none of it. A failure's words are in sb_last_error. */
sb_status candidate_read(const char *path, const char *options, candidate *out);

/* [trial] Takes this process's rights away, opens the library and lets it register. `may_forbid`: the trial calls
 * forbid_calls later. Returns how many components stand in out[CANDIDATE_MOST]; ends the trial if that goes wrong. */
uint32_t candidate_open(candidate *of, bool may_forbid, component *out);

#endif
