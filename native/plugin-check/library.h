/* SPDX-License-Identifier: Apache-2.0
 *
 * The library under test, as every trial opens it: in its sandbox, from a sealed copy.
 */
#ifndef STAGEBOX_CHECK_LIBRARY_H
#define STAGEBOX_CHECK_LIBRARY_H

#include "component.h"

enum { LIBRARY_MOST = 256 };

typedef struct library {
  int file;            /* the sealed copy */
  const char *name;    /* "libgain.so" */
  const char *options; /* lines, as of sb_library_open */
  void *handle;        /* in a trial only */
} library;

/* Copies and checks it, and runs none of it. False, with the words, if it may not be opened. */
bool library_read(const char *path, library *out, char *why, uint32_t bytes);

/* [trial] Takes this process's rights away, opens the library and lets it register. Returns how many components stand
 * in out[LIBRARY_MOST]; ends the trial if that goes wrong. */
uint32_t library_open(library *of, component *out);

#endif
