/* SPDX-License-Identifier: Apache-2.0
 *
 * The values of a parameter table in one allocation, to outlive whoever set them. Freed by free().
 */
#ifndef STAGEBOX_VALUES_H
#define STAGEBOX_VALUES_H

#include <stagebox/param.h>

/* NULL if memory is short. [control] */
sb_value *sb_values_copy(const sb_value *values, uint32_t count);

#endif
