/* SPDX-License-Identifier: Apache-2.0
 *
 * What a library registers its classes with: copies of them, each checked, in this process or in a plugin's own.
 */
#ifndef STAGEBOX_REGISTRAR_H
#define STAGEBOX_REGISTRAR_H

#include <stagebox/stagebox.h>
#include <stdbool.h>

enum { SB_REGISTRY_MAX_CLASSES = 256 };

typedef struct sb_registry {
  sb_registrar registrar; /* for stagebox_register */
  sb_stage_class **stages; /* of a later or earlier minor version: as this one has them, what is missing being 0 */
  sb_source_class **sources;
  uint32_t stage_count, source_count;
  bool offers_backend;    /* and so may have no class */
  sb_status status;       /* of the first class that was refused, whatever the library made of it */
  char words[1024];       /* why */
} sb_registry;

/* NULL if memory is short. [control] */
sb_registry *sb_registry_create(void);
void sb_registry_destroy(sb_registry *registry);

/* Once stagebox_register has returned `status` with its words in sb_last_error: whether the library can be used. */
sb_status sb_registry_finish(sb_registry *registry, sb_status status);

#endif
