/* SPDX-License-Identifier: Apache-2.0
 *
 * What adapter.ts calls, and is called by, in a process that was stagebox-plugin-host (or stagebox-plugin-check) and is
 * Bun now. One thread, or where something is awaited two, one of which sleeps (across.h).
 */
#ifndef STAGEBOX_SCRIPT_H
#define STAGEBOX_SCRIPT_H

#include <stagebox/stagebox.h>

/* Environment variables: the option lines in pieces, the sandbox's protections in words, and sb_task.trial or "". */
#define SB_SCRIPT_LINES "STAGEBOX_LINES_"
#define SB_SCRIPT_PROTECTIONS "STAGEBOX_PROTECTIONS"
#define SB_SCRIPT_TRIAL "STAGEBOX_TRIAL"

/* adapter.ts, stagebox.ts of the SDK, main.ts, service.ts and wire.ts, as text. */
SB_PLUGIN_EXPORT const char *sb_script_adapter(void);
SB_PLUGIN_EXPORT const char *sb_script_sdk(void);
SB_PLUGIN_EXPORT const char *sb_script_main(void);
SB_PLUGIN_EXPORT const char *sb_script_service(void);
SB_PLUGIN_EXPORT const char *sb_script_wire(void);

/* The functions of adapter.ts. Texts are JSON, and theirs for the length of the call. Those that return a status say why
 * with sb_script_fail. `instance`: a number that create gave it. */
typedef struct sb_script_calls {
  int32_t (*create)(uint32_t instance, uint32_t number, const char *params); /* of class `number` */
  int32_t (*activate)(uint32_t instance, const char *formats); /* {"input", "output"}; answers with sb_script_put_format */
  int32_t (*process)(uint32_t instance);                       /* the blocks lie in sb_script_where; or a source's read */
  void (*set)(uint32_t instance, const char *pair);            /* ["gain_db", 6] */
  uint32_t (*state_bytes)(uint32_t instance);
  int32_t (*save)(uint32_t instance, void *to, uint32_t bytes);
  int32_t (*load)(uint32_t instance, const void *from, uint32_t bytes);
  double (*latency_s)(uint32_t instance);
  void (*deactivate)(uint32_t instance);
  void (*destroy)(uint32_t instance);
  void (*idle)(void);
} sb_script_calls;

typedef struct sb_script_blocks {
  sb_block in, out;
} sb_script_blocks;

/* Where the blocks of a call of `process` stand. */
SB_PLUGIN_EXPORT const sb_script_blocks *sb_script_where(void);

SB_PLUGIN_EXPORT void sb_script_fail(const char *words);

/* A call failed where adapter.ts has no words for it, since nothing of JavaScript can be relied on any more. The fifth time
 * the process ends. */
SB_PLUGIN_EXPORT void sb_script_broken(void);

/* The format of the output, packed as in engine/isolated/pack.h. */
SB_PLUGIN_EXPORT void sb_script_put_format(const void *bytes, uint32_t count);

/* Reads the option lines. Returns JSON: {"file", "service", "data", "is_main", "config", "classes": [{"type", "input",
 * "output", "live"}]}; "" if the process has to end. */
SB_PLUGIN_EXPORT const char *sb_script_open(const char *lines, const char *protections, const char *trial);

/* From here on what the sandbox refuses is told in the log. Returns why that cannot be, or "". */
SB_PLUGIN_EXPORT const char *sb_script_tell(void);

/* Seals the sandbox, registers the classes with what their code can do (`traits`, a number for each), and serves the
 * engine until it has had enough, or tries what it is to try; `problem`: tells it that instead. Returns what to exit
 * with. */
SB_PLUGIN_EXPORT int32_t sb_script_serve(const uint32_t *traits, const sb_script_calls *calls, const char *problem);

/* The same by a thread of its own, which ends the process. For each call it calls `wake`, from there, and sleeps until
 * sb_script_answer. Returns 0 at once, or what to exit with. */
SB_PLUGIN_EXPORT int32_t sb_script_serve_across(const uint32_t *traits, void (*wake)(void), const char *problem);

/* The call that waits for its answer: the number of a member of sb_script_calls, and its arguments. Numbers are exact. */
typedef struct sb_script_crossing {
  double call, arguments[3], result;
} sb_script_crossing;

SB_PLUGIN_EXPORT const sb_script_crossing *sb_script_where_crossing(void);
SB_PLUGIN_EXPORT void sb_script_answer(double result);

/* Seals the sandbox and waits for the sign that a main part begins on: its context, as JSON. From then on the socket is
 * the caller's. "": the process has to end. */
SB_PLUGIN_EXPORT const char *sb_script_begin(const char *problem);

#endif
