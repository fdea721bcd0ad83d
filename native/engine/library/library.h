/* SPDX-License-Identifier: Apache-2.0
 *
 * A library: classes of sources and stages that came together. The built-in ones are a library too; a plugin's is a
 * file that was checked before any of it ran, open in this process (trusted) or in processes of its own (isolated).
 */
#ifndef STAGEBOX_LIBRARY_H
#define STAGEBOX_LIBRARY_H

#include <stagebox/ext/draft/home.h>
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
  struct sb_options *options; /* NULL: built in */
  char *option_lines;   /* as they were given */
  char *path;           /* where the file was */
  sb_late_policy late;
  uint32_t abi;         /* that its note says */
  int file;             /* the sealed copy; -1: built in */
  sb_host host;         /* what its components see; context is the library */
  sb_ext_home home;     /* where it is at home */
  const struct sb_fft_backend *fft_backend;    /* that it offered; NULL: none */
  struct sb_fft_transforms *fft_transforms; /* the same, as dsp/ takes it */
  struct sb_loading *loading; /* in this process: dlopen's handle, what it registered; NULL: not in this process */
  struct sb_hosting *trial;   /* the process in which one that is to run here is tried; NULL: it was */
  struct sb_hosting *hosting; /* the process that tells its classes, its log; NULL: in this process */
  sb_status status;     /* of sb_library_poll */
  _Atomic uint32_t nodes; /* that live, and plans of its FFT backend */
  _Atomic uint32_t busy;  /* calls into it that outlived their nodes */
  _Atomic bool is_tainted; /* it fell over in this process: it is never unloaded, since nobody knows what it holds */
  bool is_closed;       /* and waits for its last node */
  char *catalog;        /* JSON */
  char words[1024];     /* why it cannot be used */
  char notes[1024];     /* for the log */
  char log[1024];       /* that sb_library_log gave last */
};

/* Those that come with Stagebox. */
sb_library *sb_library_builtin(void);

/* Its classes as JSON, made once; the caller frees it. */
char *sb_classes_json(const sb_classes *classes);

/* NULL if there is none of that type. [any] */
const sb_stage_class *sb_library_stage(const sb_library *library, const char *type);
const sb_source_class *sb_library_source(const sb_library *library, const char *type);

/* What a library in this process may call. */
sb_host sb_library_host_of(sb_library *library);

/* A line for its log. [control] */
void sb_library_note(sb_library *library, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One node less; a library that was closed goes with its last. [control] */
void sb_library_release(sb_library *library);

/* Whether its instances live in processes of their own. */
static inline bool sb_library_is_isolated(const sb_library *library) { return library->hosting != NULL; }

#endif
