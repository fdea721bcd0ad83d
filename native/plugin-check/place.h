/* SPDX-License-Identifier: Apache-2.0
 *
 * Words for an address in code: which library, which function, how far in. For addr2line and for people.
 */
#ifndef STAGEBOX_PLACE_H
#define STAGEBOX_PLACE_H

#include <stddef.h>

/* Of this name in messages, instead of the /proc path it was loaded from. */
void place_name_library(const char *name);

/* " (my_helper in libgain.so+0x1234)", or "" if it lies in no library. */
void place_describe(char *out, size_t bytes, const void *address);

/* Where the thread was when a signal interrupted it. */
const void *place_of_context(const void *ucontext);

#endif
