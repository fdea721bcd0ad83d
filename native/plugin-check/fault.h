/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory between two pages that nobody may touch, and words for a fault: which of these it touched, and how far
 * outside. All of a trial's.
 */
#ifndef STAGEBOX_FAULT_H
#define STAGEBOX_FAULT_H

#include <stdbool.h>
#include <stddef.h>

typedef enum fault_edge {
  FAULT_BEHIND, /* the memory ends where the forbidden page begins, but for up to 63 bytes of its alignment */
  FAULT_BEFORE, /* it begins where the forbidden page ends */
} fault_edge;

/* Zeroed, aligned to 64 bytes. `name` as in "writes beyond its NAME". */
void *fault_guarded(const char *name, size_t bytes, fault_edge edge);
void fault_release(void *guarded);
/* Forbids writing to it, or allows it again. */
void fault_set_read_only(void *guarded, bool read_only);
/* Whether the bytes between the memory's end and the forbidden page are as they were. */
bool fault_slack_stands(const void *guarded);

/* Whose C++ runtime is asked for an exception that nobody caught: dlopen's handle. */
void fault_set_library(void *handle);

/* From now on a signal that would kill the process tells the trial's verdict first, on a stack of its own. */
void fault_explain_signals(void);

#endif
