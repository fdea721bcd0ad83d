/* SPDX-License-Identifier: Apache-2.0
 *
 * Channels chosen by name: what stages with a names parameter share.
 */
#ifndef STAGEBOX_STAGES_CHANNEL_NAMES_H
#define STAGEBOX_STAGES_CHANNEL_NAMES_H

#include <stagebox/stagebox.h>

/* Copies a names parameter so that it outlives create: one piece of memory with a NULL behind the last name, for
 * free(). NULL if there is no memory. [control] */
char **sb_names_copy(const sb_value *value);

/* The channel of `in` called `name`, without regard to case; or SB_INVALID and a sentence that begins with `param` and
 * lists the nearest names. [control] */
sb_status sb_channel_find(const sb_host *host, const char *param, const sb_format *in, const char *name, uint32_t *channel);

/* The same, silently: its number, or -1. [control] */
int64_t sb_channel_index(const sb_format *in, const char *name, size_t name_bytes);

#endif
