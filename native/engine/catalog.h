/* SPDX-License-Identifier: Apache-2.0
 *
 * The components that the library brings along, from stages.def and sources.def.
 */
#ifndef STAGEBOX_CATALOG_H
#define STAGEBOX_CATALOG_H

#include <stagebox/stagebox.h>

/* NULL if there is none of that type. [any] */
const sb_stage_class *sb_catalog_stage(const char *type);
const sb_source_class *sb_catalog_source(const char *type);

#endif
