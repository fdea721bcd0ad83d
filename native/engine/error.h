/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of the last failure, kept for sb_last_error.
 */
#ifndef STAGEBOX_ERROR_H
#define STAGEBOX_ERROR_H

#include <stagebox/host.h>

/* Keeps the words and returns `status`. [control] */
sb_status sb_error(sb_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The host that components see; its fail is sb_error. */
extern const sb_host sb_engine_host;

#endif
