/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of strings in one allocation: the pointers first, closed by NULL, then what they point to. Freed by free().
 */
#ifndef STAGEBOX_STRING_LIST_H
#define STAGEBOX_STRING_LIST_H

#include <stdint.h>

/* From `count` strings, each closed by a zero byte, one after the other. NULL if memory is short. [control] */
const char *const *sb_strings_unpack(const char *strings, uint32_t count);
/* A copy of a list; NULL for NULL. [control] */
const char *const *sb_strings_copy(const char *const *names, uint32_t count);

#endif
