/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a plugin is no library, one of Stagebox's own is opened in its place: the adapter of its language. It is told,
 * as an extension of the host, which file is to be run, and which classes the plugin's manifest declares; it gives them
 * functions and registers them. The classes travel as the bytes of descriptor.h, in the option "classes" as hexadecimal
 * digits, and are checked as what a process tells is.
 */
#ifndef STAGEBOX_TASK_H
#define STAGEBOX_TASK_H

#include "library.h"
#include "options.h"

#define SB_EXT_TASK "stagebox.task"

typedef struct sb_task {
  const char *file;   /* the plugin's, absolute; NULL: the library is the plugin itself */
  sb_classes classes; /* without functions; as long as the process lives */
  const char *program; /* that the process is to become; NULL: it stays what it is */
  /* What that has to be told: the option lines, and what the sandbox enforces, in words. */
  const char *lines, *protections;
  const char *trial;  /* of stagebox-plugin-check: what it is to try there instead of serving; NULL: nothing */
  bool is_main;       /* it is the plugin's main part, and there are no classes */
} sb_task;

/* SB_INVALID if the options name a file without classes, or bytes that are none. Its strings are the options'. */
sb_status sb_task_read(const sb_options *options, sb_task *out);

#endif
