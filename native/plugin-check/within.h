/* SPDX-License-Identifier: Apache-2.0
 *
 * A trial whose process has become another program, in which the plugin's language runs: the half that goes on there.
 */
#ifndef STAGEBOX_CHECK_WITHIN_H
#define STAGEBOX_CHECK_WITHIN_H

#include "cases.h"
#include "options.h"
#include "registrar.h"
#include "sandbox.h"

enum { WITHIN_WORDS = 128 };

/* For sb_task.trial: what is to be tried, and where the verdict lies. */
struct assignment;
void within_hand_on(const struct assignment *of, char out[WITHIN_WORDS]);

/* There, with those words. Ends the process if they are none. */
void within_begin(const char *words);

/* Tries what registered, and ends the process; or that there is nothing to try. */
void within_run(const sb_registry *registry, const sb_options *options, sb_sandbox_report *report, place_of_code place)
    __attribute__((noreturn));
void within_fail(const char *words) __attribute__((noreturn));

#endif
