/* SPDX-License-Identifier: Apache-2.0
 *
 * Extension "stagebox.draft.home" of the host: where a plugin is at home, and how the operator set it. Draft: it may
 * change until it leaves this folder.
 *
 *     const sb_ext_home *home = host->extension(host, SB_EXT_HOME);
 *     if (!home || !home->data) return host->fail(host, SB_REFUSED, "...");
 */
#ifndef STAGEBOX_EXT_DRAFT_HOME_H
#define STAGEBOX_EXT_DRAFT_HOME_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SB_EXT_HOME "stagebox.draft.home"

/* Absolute paths, and what they point to, stay as long as the library is open. NULL: there is none. */
typedef struct sb_ext_home {
  uint32_t size;      /* sizeof(sb_ext_home): this struct grows only at its end */
  uint32_t reserved;
  const char *folder; /* the plugin's own, where its plugin.toml lies; to be read only */
  const char *data;   /* private to the plugin; files it writes there stay through updates. Files have the size that
                       * [limits] file_mb allows, which is none by default */
  const char *config; /* its settings by the manifest's [config], one JSON object */
} sb_ext_home;

#ifdef __cplusplus
}
#endif
#endif
