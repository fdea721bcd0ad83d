/* SPDX-License-Identifier: Apache-2.0
 *
 * The way in: what a plugin library exports.
 *
 *     SB_PLUGIN
 *
 *     sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
 *       return registrar->add_stage(registrar, &my_gain);
 *     }
 *
 * SB_PLUGIN puts an ELF note into the library (owner "Stagebox", type 1) that says against which headers it was
 * compiled. The host reads it from the file, so a library that does not fit is refused before any of it runs.
 */
#ifndef STAGEBOX_PLUGIN_H
#define STAGEBOX_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#include "source.h"
#include "stage.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Another major: refused. Another minor: loaded, with a warning. */
#define SB_ABI_MAJOR 1u
#define SB_ABI_MINOR 0u
#define SB_ABI_PATCH 0u
#define SB_ABI_VERSION (SB_ABI_MAJOR << 16 | SB_ABI_MINOR << 8 | SB_ABI_PATCH)

/* A number that changes when the layout of a public struct does, as it was when this major began: the offsets of last
 * fields, and the sizes of structs that stand in arrays, folded as FNV-1a does. A library with another hash was
 * compiled against other headers, whatever its version says. */
#define SB_FOLD(hash, number) ((((uint64_t)(hash)) ^ (uint64_t)(number)) * 1099511628211ull)
#define SB_ABI_LAYOUT                                                                             \
  SB_FOLD(SB_FOLD(SB_FOLD(SB_FOLD(SB_FOLD(SB_FOLD(SB_FOLD(SB_FOLD(SB_FOLD(14695981039346656037ull, \
  sizeof(sb_event)), sizeof(sb_param)), sizeof(sb_value)), offsetof(sb_format, value_names)),     \
  offsetof(sb_block, events)), offsetof(sb_host, extension)), offsetof(sb_stage_class, extension)), \
  offsetof(sb_source_class, extension)), offsetof(sb_registrar, add_source))

typedef struct sb_registrar sb_registrar;

struct sb_registrar {
  uint32_t size;  /* sizeof(sb_registrar): this struct grows only at its end */
  uint32_t reserved;
  void *context;  /* the host's own */
  /* The class must live as long as the library is open. SB_INVALID if its table is wrong or its type taken. [control] */
  sb_status (*add_stage)(const sb_registrar *registrar, const sb_stage_class *stage);
  sb_status (*add_source)(const sb_registrar *registrar, const sb_source_class *source);
};

#define SB_PLUGIN_EXPORT __attribute__((visibility("default")))

/* The two symbols that a plugin library exports. [control] */
SB_PLUGIN_EXPORT uint32_t stagebox_abi_version(void); /* SB_PLUGIN defines it */
SB_PLUGIN_EXPORT sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar);

/* The note as it lies in the file. */
enum { SB_NOTE_TYPE = 1 };
typedef struct sb_note {
  uint32_t name_bytes, content_bytes, type;
  char name[12];                       /* "Stagebox", zeros behind it */
  uint32_t version;                    /* SB_ABI_VERSION */
  uint32_t layout_low, layout_high;    /* SB_ABI_LAYOUT */
} sb_note;

/* Once in a library, outside of any function. */
#define SB_PLUGIN                                                                                                     \
  __attribute__((used, aligned(4), section(".note.stagebox"))) static const sb_note sb_plugin_note = {                \
      9, 12, SB_NOTE_TYPE, "Stagebox", SB_ABI_VERSION, (uint32_t)SB_ABI_LAYOUT, (uint32_t)(SB_ABI_LAYOUT >> 32)};      \
  uint32_t stagebox_abi_version(void) { return SB_ABI_VERSION; }

#ifdef __cplusplus
}
#endif
#endif
