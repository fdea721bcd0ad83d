/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the table of a class holds together: names, ports, parameters and their defaults. Forms, validation and
 * messages are made from it, so a class that came from outside is read once with care, and trusted after.
 */
#ifndef STAGEBOX_CLASS_CHECK_H
#define STAGEBOX_CLASS_CHECK_H

#include <stagebox/ext/draft/fft_backend.h>
#include <stagebox/stagebox.h>
#include <stdbool.h>

enum { SB_CLASS_MAX_PARAMS = 64 };

/* SB_INVALID with every problem in sb_last_error. `has_functions`: those that a class must have are asked for too; what
 * a process tells of its classes has none. [control] */
sb_status sb_stage_class_check(const sb_stage_class *stage, bool has_functions);
sb_status sb_source_class_check(const sb_source_class *source, bool has_functions);

/* SB_INVALID unless all of it is there. [control] */
sb_status sb_fft_backend_check(const sb_fft_backend *backend);

/* UTF-8 of at most so many bytes, without control characters. */
bool sb_is_text(const char *text, size_t most);

#endif
