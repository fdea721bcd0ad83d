/* SPDX-License-Identifier: Apache-2.0
 *
 * A processing stage in C that becomes a WebAssembly component: what worlds.wit says, as C sees it. A source of the
 * plugin fills in one table:
 *
 *     #include <stagebox-stage.h>
 *     const sb_stage stagebox_stage = {.init = init, .process = process};
 *
 * `stagebox plugin build` compiles stagebox-stage.c along with it, which carries the calls between the box and the table.
 */
#ifndef STAGEBOX_STAGE_WASM_H
#define STAGEBOX_STAGE_WASM_H

#include "stagebox-world.h"

#ifdef __cplusplus
extern "C" {
#endif

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

#ifdef __cplusplus
}
#endif
#endif
