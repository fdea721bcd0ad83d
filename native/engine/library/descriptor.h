/* SPDX-License-Identifier: Apache-2.0
 *
 * Classes as bytes: how a plugin's process tells the engine what its library has registered. What arrives describes the
 * classes in every word, but has no functions: their `set` says only whether there is one.
 */
#ifndef STAGEBOX_DESCRIPTOR_H
#define STAGEBOX_DESCRIPTOR_H

#include "library.h"
#include "pack.h"

typedef struct sb_descriptor sb_descriptor; /* the memory in which unpacked classes lie */

void sb_descriptor_pack(sb_pack *pack, const sb_classes *classes);

/* Bytes from a process that is not to be trusted: they are kept, and `classes` point into them. NULL, and *classes
 * empty, if they are anything but classes whose tables hold together (class_check.h). */
sb_descriptor *sb_descriptor_unpack(const uint8_t *bytes, size_t count, sb_classes *classes);
void sb_descriptor_destroy(sb_descriptor *descriptor);

#endif
