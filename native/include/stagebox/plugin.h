/* SPDX-License-Identifier: Apache-2.0
 *
 * The way in: what a plugin library exports.
 *
 *     uint32_t stagebox_abi_version(void) { return SB_ABI_VERSION; }
 *     sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
 *       return registrar->add_stage(registrar, &sb_stage_gain);
 *     }
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

#define SB_ABI_MAJOR 1u
#define SB_ABI_MINOR 0u
#define SB_ABI_PATCH 0u
#define SB_ABI_VERSION (SB_ABI_MAJOR << 16 | SB_ABI_MINOR << 8 | SB_ABI_PATCH)

/* A number that changes when the layout of a public struct does: sizes and the offsets of the last fields,
 * folded as FNV-1a does. A library with another hash was compiled against other headers. */
#define SB_FOLD(hash, number) ((((uint64_t)(hash)) ^ (uint64_t)(number)) * 1099511628211ull)
#define SB_ABI_LAYOUT                                                                              \
  SB_FOLD(SB_FOLD(SB_FOLD(SB_FOLD(SB_FOLD(SB_FOLD(SB_FOLD(SB_FOLD(14695981039346656037ull,          \
  sizeof(sb_event)), sizeof(sb_format)), offsetof(sb_format, value_names)), sizeof(sb_block)),     \
  offsetof(sb_block, events)), sizeof(sb_param)), sizeof(sb_stage_class)), sizeof(sb_source_class))

typedef struct sb_registrar sb_registrar;

struct sb_registrar {
  uint32_t size;  /* sizeof(sb_registrar): this struct grows only at its end */
  uint32_t reserved;
  void *context;  /* the host's own */
  /* The class must live as long as the library is open. SB_INVALID if its table is wrong or its type taken. [control] */
  sb_status (*add_stage)(const sb_registrar *registrar, const sb_stage_class *stage);
  sb_status (*add_source)(const sb_registrar *registrar, const sb_source_class *source);
};

/* The two symbols that a plugin library exports. [control] */
uint32_t stagebox_abi_version(void);
sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar);

#ifdef __cplusplus
}
#endif
#endif
