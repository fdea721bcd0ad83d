/* SPDX-License-Identifier: Apache-2.0
 *
 * A processing stage in C that becomes a WebAssembly component: what worlds.wit says, as C sees it. A source of the
 * plugin fills in one table:
 *
 *     #include <stagebox-stage.h>
 *     const sb_stage stagebox_stage = {.init = init, .process = process};
 *
 * `stagebox plugin build` compiles stagebox-stage.c along with it, which carries the calls between the box and the table.
 * There is one thread, libc without files, sockets and clocks, and only what the box lends (the end of this file).
 * What a call is given is valid until it returns; what it returns must stay until the next call.
 */
#ifndef STAGEBOX_STAGE_WASM_H
#define STAGEBOX_STAGE_WASM_H

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

typedef enum sb_port { SB_PORT_SIGNAL, SB_PORT_SPECTRUM, SB_PORT_FEATURES } sb_port;

/* What flows over a connection. */
typedef struct sb_format {
  uint8_t port;        /* an sb_port */
  double rate_hz;      /* frames per second; 0: irregular */
  sb_texts channels;   /* their names, at least one */
  sb_texts values;     /* features: names of the values that a frame has for each channel */
  uint32_t bins;       /* spectrum */
  double bin_hz;       /* spectrum: bin b is the frequency b * bin_hz */
  sb_text unit;        /* "uV", "uV^2/Hz", "1"; of all values */
  uint32_t max_frames; /* no block has more */
} sb_format;

/* Numbers in a frame: values x channels. */
static inline uint32_t sb_format_width(const sb_format *format) {
  const uint32_t values = format->port == SB_PORT_SPECTRUM   ? format->bins
                          : format->port == SB_PORT_FEATURES ? format->values.count
                                                             : 1;
  return values * format->channels.count;
}

enum {
  SB_BLOCK_GAP = 1 << 0,
  SB_BLOCK_LATE = 1 << 1,
  SB_BLOCK_CLIPPED = 1 << 2,
  SB_BLOCK_DRY = 1 << 3,
  SB_BLOCK_ARTEFACT = 1 << 4,
};

typedef struct sb_block {
  const float *samples; /* [frames x values x channels], the channel fastest; 16-byte aligned */
  uint32_t frames;
  uint32_t lost_before; /* frames that went missing just before it */
  uint32_t flags;       /* SB_BLOCK_* */
  uint64_t sequence, first_frame;
  int64_t time_ns;
} sb_block;

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

typedef struct sb_stage {
  /* Prepares for blocks of the format `in`; all memory is taken here. `params` has a value for each parameter of the
   * stage `type`, in the order of plugin.toml. `out` comes in as a copy of `in`: change what differs. */
  sb_failure (*init)(sb_text type, const sb_setting *params, uint32_t count, const sb_format *in, sb_format *out);

  /* Computes one block into `out`, which has room for the output's max_frames. `frames` comes in as in->frames: change
   * it where the output has another number (0: no output this time). */
  sb_failure (*process)(const sb_block *in, float *out, uint32_t *frames);

  /* The rest may be NULL. */

  /* Changes a parameter that plugin.toml calls live. */
  sb_failure (*set_parameter)(sb_text id, const sb_value *value);

  /* What an heir needs to go on where this one stands. The heir believes nothing of it: it may be of another version. */
  sb_bytes (*save_state)(void);
  sb_failure (*load_state)(sb_bytes state);

  /* How far the output lags behind the input. */
  double (*latency_s)(void);

  void (*shutdown)(void);
} sb_stage;

/* The plugin's own. */
extern const sb_stage stagebox_stage;

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
