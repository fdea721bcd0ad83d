/* SPDX-License-Identifier: Apache-2.0
 *
 * What adapter.ts calls, and is called by, in a process that was stagebox-plugin-host and is Bun now. One thread, one
 * instance.
 */
#ifndef STAGEBOX_SCRIPT_H
#define STAGEBOX_SCRIPT_H

#include <stagebox/stagebox.h>

/* Environment variables: the option lines in pieces, and the sandbox's protections in words. */
#define SB_SCRIPT_LINES "STAGEBOX_LINES_"
#define SB_SCRIPT_PROTECTIONS "STAGEBOX_PROTECTIONS"

/* adapter.ts and main.ts, as text. */
SB_PLUGIN_EXPORT const char *sb_script_adapter(void);
SB_PLUGIN_EXPORT const char *sb_script_main(void);

/* The functions of adapter.ts. Texts are JSON, and theirs for the length of the call. Those that return a status say why
 * with sb_script_fail. */
typedef struct sb_script_calls {
  int32_t (*create)(uint32_t number, const char *params);
  int32_t (*activate)(const char *formats); /* {"input", "output"}; answers with sb_script_put_format */
  int32_t (*process)(void);                 /* the blocks lie in sb_script_blocks */
  void (*set)(const char *pair);            /* ["gain_db", 6] */
  uint32_t (*state_bytes)(void);
  int32_t (*save)(void *to, uint32_t bytes);
  int32_t (*load)(const void *from, uint32_t bytes);
  double (*latency_s)(void);
  void (*idle)(void);
} sb_script_calls;

typedef struct sb_script_blocks {
  sb_block in, out;
} sb_script_blocks;

/* Where the blocks of a call of `process` stand. */
SB_PLUGIN_EXPORT const sb_script_blocks *sb_script_where(void);

SB_PLUGIN_EXPORT void sb_script_fail(const char *words);

/* The format of the output, packed as in engine/isolated/pack.h. */
SB_PLUGIN_EXPORT void sb_script_put_format(const void *bytes, uint32_t count);

/* Reads the option lines. Returns JSON: {"file", "data", "is_main", "config", "classes": [...]}; "" if the process has to
 * end. */
SB_PLUGIN_EXPORT const char *sb_script_open(const char *lines, const char *protections);

/* Seals the sandbox, registers the classes with what their code can do (`traits`, a number for each type), and serves
 * the engine until it has had enough; `problem`: tells it that instead. Returns what to exit with. */
SB_PLUGIN_EXPORT int32_t sb_script_serve(const uint32_t *traits, const sb_script_calls *calls, const char *problem);

/* Seals the sandbox and waits for the sign that a main part begins on: its context, as JSON. From then on the socket is
 * the caller's. "": the process has to end. */
SB_PLUGIN_EXPORT const char *sb_script_begin(const char *problem);

#endif
