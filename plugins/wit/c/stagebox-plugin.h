/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin's main part in C that becomes a WebAssembly component: it hears of events, answers requests, and acts by what it
 * was granted. A source of the plugin fills in one table:
 *
 *     #include <stagebox-plugin.h>
 *     const sb_plugin stagebox_plugin = {.init = init, .handle_event = handle_event};
 *
 * `stagebox plugin build` compiles stagebox-plugin.c along with it, which carries the calls between the box and the table.
 */
#ifndef STAGEBOX_PLUGIN_WASM_H
#define STAGEBOX_PLUGIN_WASM_H

#include "stagebox-world.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sb_event {
  sb_text name;     /* "StageOp", "other-plugin.found", "watch.changed", "service.answer" */
  uint64_t time_ms; /* since 1970 */
  sb_text data;     /* JSON, as capabilities.wit and plugins/README.md have it */
} sb_event;

/* All may be NULL but `init`. A failure is logged, and changes nothing else. */
typedef struct sb_plugin {
  /* `settings`: all of plugin.toml, in its order. A failure: it cannot work with them. */
  sb_failure (*init)(const sb_setting *settings, uint32_t count);

  /* One at a time: those that it was granted to hear. */
  sb_failure (*handle_event)(const sb_event *event);

  /* Somebody asks one of its services; `body` is JSON and fits the service's schema. sb_answer answers, now or in a later
   * call. A failure is what whoever asked is told. */
  sb_failure (*serve)(uint32_t request, sb_text service, sb_text body);

  void (*shutdown)(void);
} sb_plugin;

/* The plugin's own. */
extern const sb_plugin stagebox_plugin;

/* The member of a JSON object, as it stands there: a text with its quotes. Empty: it has none of that name. */
sb_text sb_json_member(sb_text object, const char *name);

/* ---- what the box lends, where plugin.toml asks for it and it was granted ---- */

/* Needs the grant `publish`. Tells a JSON object to all who listen on `channel`: "my-plugin.found". */
sb_failure sb_publish(const char *channel, const char *payload);

/* Needs the grant `services`. Asks "other-plugin.count" with a JSON text; the event `service.answer` has the number of the
 * call. */
sb_failure sb_call(const char *service, const char *request, uint32_t *call);

/* Answers what `serve` was given, with a JSON text. */
sb_failure sb_answer(uint32_t request, const char *answer);
void sb_refuse(uint32_t request, const char *words);

typedef enum sb_file_kind { SB_FILE, SB_DIRECTORY, SB_OTHER } sb_file_kind;

typedef struct sb_entry {
  sb_text name;
  uint8_t kind; /* an sb_file_kind */
} sb_entry;

typedef struct sb_entries {
  const sb_entry *items;
  uint32_t count;
} sb_entries;

typedef struct sb_metadata {
  uint8_t kind;  /* an sb_file_kind */
  uint64_t size; /* in bytes; 0 of what is no file */
  uint64_t modified_ms;
} sb_metadata;

/* Need the grant `read`. A folder is named by its grant, a file by its path from there on. Valid until the call ends in which
 * they are asked for. */
sb_texts sb_grants(void);
sb_failure sb_list_dir(const char *grant, const char *path, sb_entries *entries);
sb_failure sb_read_metadata(const char *grant, const char *path, sb_metadata *metadata);

/* Need the grants `watch` and `read`. News comes as the event `watch.changed`, once nothing has changed for so long. */
sb_failure sb_watch(const char *grant, const char *path, uint32_t debounce_ms, uint32_t *subscription);
void sb_unwatch(uint32_t subscription);

#ifdef __cplusplus
}
#endif
#endif
