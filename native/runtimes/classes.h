/* SPDX-License-Identifier: Apache-2.0
 *
 * How the adapter of a language registers the classes that a manifest declares: as they are declared, with functions of
 * its own, which know a class by its number. Stages come first, then sources.
 */
#ifndef STAGEBOX_ADAPTER_CLASSES_H
#define STAGEBOX_ADAPTER_CLASSES_H

#include <stagebox/ext/draft/idle.h>

#include "library.h"

enum { SB_ADAPTER_MAX_CLASSES = 64 };

/* What the code of a class can do; the adapters' other halves have the same numbers. */
enum { SB_TRAIT_STATE = 1, SB_TRAIT_LATENCY = 2, SB_TRAIT_SELF_PACED = 4 };

/* What those of an instance need to know of its class. */
typedef struct sb_declared {
  const sb_param *params;
  uint32_t param_count, out_port;
} sb_declared;

const sb_declared *sb_adapter_declared(uint32_t number);

/* The same for all classes. */
typedef struct sb_adapter_functions {
  sb_status (*create)(uint32_t number, const sb_host *host, const sb_value *values, void **self);
  sb_status (*activate_stage)(void *self, const sb_host *host, const sb_format *in, sb_format *out);
  sb_status (*activate_source)(void *self, const sb_host *host, sb_format *out);
  sb_status (*process)(void *self, const sb_block *in, sb_block *out);
  sb_status (*read)(void *self, sb_block *out);
  void (*set)(void *self, uint32_t param, const sb_value *value);
  void (*deactivate)(void *self);
  void (*destroy)(void *self);
  sb_ext_state state;
  sb_ext_latency latency;
  sb_ext_idle idle;
} sb_adapter_functions;

/* SB_FULL, in words, if there are more than an adapter can tell apart. */
sb_status sb_adapter_check(const sb_host *host, const sb_classes *declared);

/* `traits`: of each class. The tables of `declared` and `functions` must live on. Once. */
sb_status sb_adapter_register(const sb_registrar *registrar, const sb_classes *declared, const uint32_t *traits,
                              const sb_adapter_functions *functions);

#endif
