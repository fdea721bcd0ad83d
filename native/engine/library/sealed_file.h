/* SPDX-License-Identifier: Apache-2.0
 *
 * A file's bytes where nothing can change them any more: in memory, sealed against writing, growing and shrinking. What
 * is checked there is what is run from there, whatever becomes of the file on the disk meanwhile.
 */
#ifndef STAGEBOX_SEALED_FILE_H
#define STAGEBOX_SEALED_FILE_H

#include <stddef.h>
#include <stdint.h>

enum { SB_SEALED_MAX_BYTES = 64 << 20 };

/* A sealed copy of a regular file, or of `count` bytes: its descriptor, closed on exec, which can be run and loaded as
 * /proc/PID/fd/N. -1 if it cannot be had; sb_last_error says why. [control] */
int sb_sealed_file_copy(const char *path);
int sb_sealed_file_create(const char *name, const uint8_t *bytes, size_t count);

#endif
