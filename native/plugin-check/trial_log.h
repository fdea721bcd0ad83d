/* SPDX-License-Identifier: Apache-2.0
 *
 * What trials write to their standard error: handed on, and what the sandbox refused them kept (refusal.h).
 */
#ifndef STAGEBOX_TRIAL_LOG_H
#define STAGEBOX_TRIAL_LOG_H

#include <stdbool.h>

enum { TRIAL_LOG_REFUSALS = 4096 };

/* Every refusal of all trials so far, once, joined with "; ": "openat of /tmp/x for writing needs permission write". */
const char *trial_log_refusals(void);

/* Reads what is there. False once nobody can write any more. */
bool trial_log_read(int pipe);
/* Of the next trial: a line that has no end yet is forgotten. */
void trial_log_begin(void);

#endif
