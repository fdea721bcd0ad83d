/* SPDX-License-Identifier: Apache-2.0
 *
 * Extension "stagebox.draft.main" of the host: the part of a plugin that is no stage. It hears what happens on the box,
 * publishes events, offers services to other plugins and calls theirs. Draft: it may change until it leaves this folder.
 *
 * It runs in a process of its own, for as long as the plugin runs, if plugin.toml has a [main]. The library is opened
 * there too, and only there the host has this extension:
 *
 *     const sb_ext_main *ext = host->extension(host, SB_EXT_MAIN);
 *     if (ext) return ext->offer(host, &my_main);    // in stagebox_register
 *
 * All calls come from one thread, one after the other: a long one keeps the others waiting, and one that does not return
 * ends the process. Texts are UTF-8 and end with a zero byte; those that come are the caller's, until the call returns.
 */
#ifndef STAGEBOX_EXT_DRAFT_MAIN_H
#define STAGEBOX_EXT_DRAFT_MAIN_H

#include <stdint.h>

#include "../../host.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SB_EXT_MAIN "stagebox.draft.main"

/* What the plugin offers. NULL: nothing is to be done. */
typedef struct sb_main {
  uint32_t size;    /* sizeof(sb_main): this struct grows only at its end */
  uint32_t reserved;
  void *self;

  /* Once, before all others. `context`: JSON with plugin, version and config. A failure ends the process; say why with
   * host->fail. [control] */
  sb_status (*on_load)(void *self, const sb_host *host, const char *context);

  /* Before the end, if the plugin is asked to end. [control] */
  void (*on_unload)(void *self);

  /* An event that was subscribed to: its type, and JSON with id, type, time, data, and `lost`, how many before it were
   * dropped, since this part was too slow. [control] */
  void (*on_event)(void *self, const char *type, const char *event);

  /* Somebody calls a service of this plugin. It is answered, now or later, with `answer` or `refuse`. [control] */
  void (*on_request)(void *self, uint64_t request, const char *service, const char *body);

  /* What came of `call`: SB_OK and JSON, or SB_REFUSED and why not, in words. [control] */
  void (*on_answer)(void *self, uint64_t call, sb_status status, const char *body);
} sb_main;

/* All but `offer` are called from within a call of the above. What is too long, or no text, is SB_INVALID; whether it is
 * allowed, and fits what plugin.toml says of it, the box decides: the plugin's log tells what it refused. */
typedef struct sb_ext_main {
  uint32_t size;    /* sizeof(sb_ext_main): this struct grows only at its end */
  uint32_t reserved;

  /* In stagebox_register, once. The struct must live on. [control] */
  sb_status (*offer)(const sb_host *host, const sb_main *main);

  /* "StageOp", "my-plugin.found", or "*" for all. [control] */
  sb_status (*subscribe)(const sb_host *host, const char *type);

  /* "my-plugin.found", and a JSON object. [control] */
  sb_status (*publish)(const sb_host *host, const char *type, const char *data);

  /* "my-plugin.count", and JSON; on_answer is told what came of it. [control] */
  sb_status (*call)(const sb_host *host, const char *service, const char *body, uint64_t *call);

  /* JSON. [control] */
  sb_status (*answer)(const sb_host *host, uint64_t request, const char *body);

  /* Why not, in words. [control] */
  sb_status (*refuse)(const sb_host *host, uint64_t request, const char *words);
} sb_ext_main;

#ifdef __cplusplus
}
#endif
#endif
