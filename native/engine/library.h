/* SPDX-License-Identifier: Apache-2.0
 *
 * A library: classes of sources and stages that came together. The built-in ones are a library too; a plugin's is a file
 * that was checked before any of it ran, open in this process (trusted) or in processes of its own (isolated).
 */
#ifndef STAGEBOX_LIBRARY_H
#define STAGEBOX_LIBRARY_H

#include <stagebox/stagebox.h>
#include <stagebox_engine.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef struct sb_classes {
  const sb_stage_class **stages;
  const sb_source_class **sources;
  uint32_t stage_count, source_count;
} sb_classes;

typedef enum sb_late_policy { SB_LATE_DRY, SB_LATE_HOLD, SB_LATE_SILENCE } sb_late_policy;

struct sb_library {
  sb_classes classes;
  struct sb_options *options; /* plugin-host/options.h; NULL: built in */
  sb_late_policy late;
  int file;             /* the sealed copy; -1: built in */
  sb_host host;         /* what its components see; context is the library */
  void *handle;         /* of dlopen; NULL: not in this process */
  struct sb_hosting *hosting; /* bridge's: the process that tells its classes, its log; NULL: in this process */
  sb_status status;     /* of sb_library_poll */
  _Atomic uint32_t nodes; /* that live */
  char *catalog;        /* JSON */
  char words[512];      /* why it cannot be used */
};

/* Those that come with Stagebox. */
sb_library *sb_library_builtin(void);

/* Its classes as JSON, made once; the caller frees it. */
char *sb_classes_json(const sb_classes *classes);

/* NULL if there is none of that type. [any] */
const sb_stage_class *sb_library_stage(const sb_library *library, const char *type);
const sb_source_class *sb_library_source(const sb_library *library, const char *type);

/* Whether its instances live in processes of their own. */
static inline bool sb_library_is_isolated(const sb_library *library) { return library->hosting != NULL; }

#endif
