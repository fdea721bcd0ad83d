/* SPDX-License-Identifier: Apache-2.0
 *
 * The adapter of plugins in TypeScript and JavaScript. stagebox-plugin-host opens it in the plugin's place, in the
 * sandbox, and there becomes Bun, which opens the same library again and goes on with script.c. What it was told
 * travels in the environment, which nobody else may read.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "script.h"
#include "task.h"

SB_PLUGIN

enum { PIECE_CHARS = 100000, MOST_PIECES = 64, OTHERS = 3 }; /* no string may be longer than 128 KB */

static char pieces[MOST_PIECES][PIECE_CHARS + 32];

static const char loader[] = "const { dlopen } = require('bun:ffi');"
                             "const { symbols } = dlopen('/proc/self/fd/4', { sb_script_adapter: { returns: 'cstring' } });"
                             "await import('data:text/typescript;base64,' + btoa(symbols.sb_script_adapter()));";

/* False: it does not fit. */
static bool put_pieces(const char *lines, char **environment) {
  const size_t length = strlen(lines), count = length / PIECE_CHARS + 1;
  if (count > MOST_PIECES) return false;
  for (size_t i = 0; i < count; i++) {
    snprintf(pieces[i], sizeof pieces[i], SB_SCRIPT_LINES "%zu=%.*s", i, (int)PIECE_CHARS, lines + i * PIECE_CHARS);
    environment[i] = pieces[i];
  }
  environment[count] = NULL;
  return true;
}

SB_PLUGIN_EXPORT sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  (void)registrar;
  const sb_task *task = host->extension(host, SB_EXT_TASK);
  if (!task || !task->program || !task->lines)
    return host->fail(host, SB_UNSUPPORTED, "this is the adapter of plugins in TypeScript, and no plugin");
  char protections[512], *environment[OTHERS + MOST_PIECES + 1];
  snprintf(protections, sizeof protections, SB_SCRIPT_PROTECTIONS "=%s", task->protections);
  environment[0] = "BUN_BE_BUN=1", environment[1] = "BUN_JSC_useConcurrentGC=1", environment[2] = protections;
  if (!put_pieces(task->lines, environment + OTHERS))
    return host->fail(host, SB_INVALID, "what its manifest and its settings say is too long");
  char *words[] = {"stagebox-plugin", "--no-install", "-e", (char *)loader, NULL};
  execve(task->program, words, environment);
  return host->fail(host, SB_IO, "%s cannot be started: %s", task->program, strerror(errno));
}
