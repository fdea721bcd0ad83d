/* SPDX-License-Identifier: Apache-2.0
 *
 * What the engine says, as Python objects, and back. The interpreter is held.
 */
#ifndef STAGEBOX_MARSHAL_H
#define STAGEBOX_MARSHAL_H

#include <stagebox/stagebox.h>

#include "python.h"

/* A parameter's value: float, int, bool, str, list, or for bands a dict of pairs and for a matrix a list of rows. NULL:
 * no memory. */
sb_py *sb_marshal_value(const sb_param *param, const sb_value *value);

/* {"gain_db": 6.0, ...} */
sb_py *sb_marshal_values(const sb_param *params, uint32_t count, const sb_value *values);

/* (port, rate_hz, channels, values, value_names, max_frames, bin_hz, unit) */
sb_py *sb_marshal_format(const sb_format *format);

/* Fills `format` from such a tuple; the texts are the tuple's, their arrays are given back with sb_marshal_free_format.
 * SB_INVALID if it is none. */
sb_status sb_marshal_read_format(sb_py *tuple, sb_format *format);
void sb_marshal_free_format(sb_format *format);

/* Memory that is somebody else's. NULL stays None. */
sb_py *sb_marshal_memory(const void *memory, size_t bytes, int access);

#endif
