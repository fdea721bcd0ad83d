/* SPDX-License-Identifier: Apache-2.0
 *
 * The processes of an isolated library, as far as they concern it as a whole: the one that tells its classes, how each
 * instance's is started, and what they all write to their standard output and error (the plugin's log).
 */
#ifndef STAGEBOX_HOSTING_H
#define STAGEBOX_HOSTING_H

#include "descriptor.h"
#include "process.h"

typedef struct sb_hosting sb_hosting;

/* How its processes are started. */
typedef struct sb_hosting_terms {
  const char *name;    /* of the library: "gain", or "libgain.so" */
  const char *options; /* lines of engine/library/options.h, passed on as they are */
  int file;            /* the library's sealed copy; stays the caller's */
  sb_process_limits limits;
  int64_t patience_ns; /* it may take so long to register, and an instance to be made */
  bool is_main;        /* it has no classes, and the process that registered goes on: sb_hosting_take */
} sb_hosting_terms;

/* Starts the process that tells the library's classes. NULL: sb_last_error says why. [control] */
sb_hosting *sb_hosting_create(const sb_hosting_terms *terms);

/* SB_AGAIN until the library has registered; SB_OK: its classes, which live as long as the hosting; a failure: why is
 * in sb_last_error. Never blocks. [control] */
sb_status sb_hosting_poll(sb_hosting *hosting, sb_classes *classes);

/* What its processes wrote since the last call: lines, or "". Valid until the next call. [control] */
const char *sb_hosting_log(sb_hosting *hosting);

/* "no_new_privs, rlimits, Landlock 7, seccomp". Once it is ready. [control] */
const char *sb_hosting_sandbox(const sb_hosting *hosting);

int64_t sb_hosting_patience_ns(const sb_hosting *hosting);

/* When no instance is left. [control] */
void sb_hosting_destroy(sb_hosting *hosting);

/* The main part's process, which has registered and waits; the caller owns it. NULL: it was taken. [control] */
sb_process *sb_hosting_take(sb_hosting *hosting);

/* A process for one instance; the caller owns it. NULL: sb_last_error says why. [control] */
sb_process *sb_hosting_spawn(sb_hosting *hosting);

#endif
