/* SPDX-License-Identifier: Apache-2.0
 *
 * What a trial is to try, of whatever was opened for it.
 */
#ifndef STAGEBOX_CHECK_ASSIGNMENT_H
#define STAGEBOX_CHECK_ASSIGNMENT_H

#include <stagebox/ext/draft/fft_backend.h>

#include "cases.h"
#include "registrar.h"

typedef enum assignment_kind { ASSIGNMENT_DESCRIBE, ASSIGNMENT_BACKEND, ASSIGNMENT_CASE } assignment_kind;

typedef struct assignment {
  assignment_kind kind;
  uint32_t number, component; /* of cases[], and of the components */
  uint64_t seed;
  bool quick;
} assignment;

/* As words that another program understands, and back. */
void assignment_write(const assignment *of, char *out, size_t bytes);
bool assignment_read(const char *words, assignment *out);

/* Whether the sandbox is to be sealed: forbid_calls needs it open. */
bool assignment_wants_seal(const assignment *of);

/* What it was opened in. */
typedef struct opened {
  const sb_registry *registry;
  const sb_fft_backend *backend; /* that the library offered; NULL: none */
  void *handle;                  /* dlopen's; NULL: it cannot be closed */
  place_of_code place;
} opened;

/* A line of assignment_run's describing. */
#define ASSIGNMENT_BACKEND_LINE "{\"fft backend\"}\n"

/* [trial] Before the sandbox is sealed. */
void assignment_prepare(void);
/* [trial] Tries it. Describing tells every component, a line each. */
void assignment_run(const assignment *of, const opened *in);

#endif
