/* SPDX-License-Identifier: Apache-2.0
 *
 * What lies in a plugin's data folder. The kernel bounds the length of each file (RLIMIT_FSIZE), and not their number;
 * and the disk is the recordings' too.
 */
#ifndef STAGEBOX_DATA_USE_H
#define STAGEBOX_DATA_USE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  SB_DATA_MAX_FILES = 4096, /* folders count as files */
  SB_DATA_MAX_LONGEST = 16, /* as many of the longest files as are allowed */
  SB_DATA_DISK_SHARE = 4,   /* and a quarter of what the disk would have for it */
};

/* Whether it holds more than it may, and `words` say what. [control] */
bool sb_data_is_too_much(const char *folder, uint32_t file_mb, char *words, size_t room);

#endif
