/* SPDX-License-Identifier: Apache-2.0
 *
 * Values and formats as JSON, for adapter.ts. All return text to free(), NULL if memory is short.
 */
#ifndef STAGEBOX_SCRIPT_TELL_H
#define STAGEBOX_SCRIPT_TELL_H

#include <stagebox/stagebox.h>

/* {"gain_db": 6} */
char *sb_tell_values(const sb_param *params, uint32_t count, const sb_value *values);

/* ["gain_db", 6] */
char *sb_tell_change(const sb_param *param, const sb_value *value);

/* {"input": {"port", "rate_hz", "channels", "values", "value_count", "max_frames", "bin_hz", "unit"} or null,
 * "output": {"port", "max_frames"}} */
char *sb_tell_formats(const sb_format *in, uint32_t out_port, uint32_t max_frames);

#endif
