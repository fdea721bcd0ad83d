/* SPDX-License-Identifier: Apache-2.0
 *
 * The canonical ABI of the component model (github.com/WebAssembly/component-model, CanonicalABI.md) for what lies behind
 * the headers: records lie in memory as C lays them, arguments come one by one, and results that are more than a number are
 * pointed to.
 */
#ifndef STAGEBOX_CALLS_WASM_H
#define STAGEBOX_CALLS_WASM_H

#include "stagebox-world.h"

#define EXPORT_OF(interface, name) __attribute__((export_name("stagebox:plugin/" interface "@0.1.0#" name)))
#define IMPORT(interface, name) \
  __attribute__((import_module("stagebox:plugin/" interface "@0.1.0"), import_name(name)))

typedef struct sb_outcome { /* result<_, string> */
  uint8_t has_failed;
  sb_text words;
} sb_outcome;

sb_text sb_text_of(const char *words);

/* Ends a call: what the box wrote before it is let go. */
sb_outcome *sb_conclude(sb_failure failure);
void sb_let_go(void);

#endif
