/* SPDX-License-Identifier: Apache-2.0
 *
 * Words for a signal that ends a trial: where it was, what it touched, which exception nobody caught.
 */
#ifndef STAGEBOX_CRASH_H
#define STAGEBOX_CRASH_H

/* Whose C++ runtime is asked for an exception that nobody caught: dlopen's handle. */
void crash_set_library(void *handle);

/* From now on a signal that would kill the process tells the trial's verdict first, on a stack of its own. */
void crash_explain_signals(void);

/* The same of a bad address at a fence alone, on whichever stack there is; for all else, what was there before. */
void crash_explain_fences(void);

#endif
