/* SPDX-License-Identifier: Apache-2.0
 *
 * What both worlds have in common, as C sees it: texts, values, and what a box lends to every component. Comes with
 * stagebox-stage.h and stagebox-plugin.h.
 *
 * There is one thread, libc without files, sockets and clocks, and only what the box lends. What a call is given is valid
 * until it returns; what it returns must stay until the next call.
 */
#ifndef STAGEBOX_WORLD_WASM_H
#define STAGEBOX_WORLD_WASM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* No zero stands at the end. */
typedef struct sb_text {
  const char *bytes;
  uint32_t length;
} sb_text;

typedef struct sb_texts {
  const sb_text *items;
  uint32_t count;
} sb_texts;

typedef struct sb_numbers {
  const double *items;
  uint32_t count;
} sb_numbers;

typedef struct sb_bytes {
  const void *bytes;
  uint32_t length;
} sb_bytes;

static inline bool sb_text_is(sb_text text, const char *word) {
  return text.length == strlen(word) && memcmp(text.bytes, word, text.length) == 0;
}

typedef struct sb_band {
  sb_text name;
  double low, high;
} sb_band;

typedef enum sb_value_kind {
  SB_VALUE_NUMBER,
  SB_VALUE_BOOLEAN,
  SB_VALUE_TEXT,
  SB_VALUE_NUMBERS,
  SB_VALUE_NAMES,
  SB_VALUE_BANDS,
  SB_VALUE_MATRIX,
} sb_value_kind;

/* The box has held it against plugin.toml. */
typedef struct sb_value {
  uint8_t kind; /* an sb_value_kind */
  union {
    double number;
    bool boolean;
    sb_text text;
    sb_numbers numbers;
    sb_texts names;
    struct {
      const sb_band *items;
      uint32_t count;
    } bands;
    struct {
      uint32_t rows, columns;
      sb_numbers numbers; /* row by row */
    } matrix;
  };
} sb_value;

typedef struct sb_setting {
  sb_text id; /* as in plugin.toml: "gain_db" */
  sb_value value;
} sb_setting;

/* NULL: it went well; else why it did not, in a sentence for people. */
typedef const char *sb_failure;

/* ---- what the box lends, where plugin.toml asks for it and it was granted ---- */

typedef enum sb_log_level { SB_LOG_DEBUG, SB_LOG_INFO, SB_LOG_WARNING, SB_LOG_ERROR } sb_log_level;

/* Needs the grant `log`. Never blocks. */
void sb_log(sb_log_level level, const char *message);

/* Needs the grant `config`. A setting of the plugin as a whole; false: plugin.toml declares none of that name. Valid until
 * the call ends in which it is asked for. */
bool sb_config_get(const char *id, sb_value *value);

#ifdef __cplusplus
}
#endif
#endif
