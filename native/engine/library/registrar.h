/* SPDX-License-Identifier: Apache-2.0
 *
 * What a library registers its classes with: copies of them, each checked, in this process or in a plugin's own.
 */
#ifndef STAGEBOX_REGISTRAR_H
#define STAGEBOX_REGISTRAR_H

#include <stagebox/stagebox.h>
#include <stdbool.h>

/* What plugin.h asks a library to export. */
typedef struct sb_entry {
  uint32_t (*abi_version)(void);
  sb_status (*enroll)(const sb_host *host, const sb_registrar *registrar);
} sb_entry;

/* Of a library that is loaded: dlopen's handle. Runs none of it. SB_REFUSED, with its name, if a function is
 * missing. */
sb_status sb_entry_find(void *handle, sb_entry *out);

/* SB_REFUSED for a library that was made for another major version than this. */
sb_status sb_entry_check_abi(uint32_t abi);

struct sb_channel;

/* A main part's life, from SB_MESSAGE_MAIN on. Returns what the process is to exit with. */
typedef int sb_main_loop(struct sb_channel *channel, const char *context, const sb_host *host);

enum { SB_REGISTRY_MAX_CLASSES = 256 };

typedef struct sb_registry {
  sb_registrar registrar; /* for stagebox_register */
  sb_stage_class **stages; /* of a later or earlier minor version: as this one has them, what is missing being 0 */
  sb_source_class **sources;
  uint32_t stage_count, source_count;
  bool offers_backend;    /* and so may have no class */
  bool is_main;           /* a main part is wanted, and classes do not matter */
  sb_main_loop *main_loop; /* of a library that offers one */
  bool is_adapted;        /* by an adapter of Stagebox's own (task.h), whose words need no others around them */
  sb_status status;       /* of the first class that was refused, whatever the library made of it */
  char words[1024];       /* why */
} sb_registry;

/* NULL if memory is short. [control] */
sb_registry *sb_registry_create(void);
void sb_registry_destroy(sb_registry *registry);

/* Once stagebox_register has returned `status` with its words in sb_last_error: whether the library can be used. */
sb_status sb_registry_finish(sb_registry *registry, sb_status status);

#endif
