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

enum { PIECE_CHARS = 100000, MOST_PIECES = 64 }; /* no string may be longer than 128 KB */

/* Bun reserves a hundred times the memory that it needs unless told; what may be written to counts (rlimits.c). */
static char *const usual[] = {
    "BUN_BE_BUN=1",
    "BUN_JSC_jitMemoryReservationSize=33554432",
    "BUN_JSC_structureHeapSizeInKB=65536",
    "MIMALLOC_ARENA_RESERVE=16384",
    "BUN_RUNTIME_TRANSPILER_CACHE_PATH=0",
    "DO_NOT_TRACK=1",
    "PATH=/usr/bin:/bin",
    "LANG=C.UTF-8",
};
enum { USUAL = sizeof usual / sizeof *usual, OTHERS = USUAL + 2 };

static char pieces[MOST_PIECES][PIECE_CHARS + 32];

static const char loader[] = "const { dlopen } = require('bun:ffi');"
                             "const { symbols } = dlopen('/proc/self/fd/4', { sb_script_adapter: { returns: 'cstring' } });"
                             "const module = { loader: 'ts', contents: String(symbols.sb_script_adapter()) };"
                             "Bun.plugin({ name: 'adapter', setup: (it) => void it.module('adapter', () => module) });"
                             "await import('adapter');";

/* Nothing that lies where it is started says how it runs, and nothing is fetched. */
static char *const words[] = {
    "stagebox-plugin", "--no-install", "--no-env-file", "--config=/dev/null", "-e", (char *)loader, NULL};

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
  char protections[512], trial[512], *environment[OTHERS + MOST_PIECES + 1];
  memcpy(environment, usual, sizeof usual);
  snprintf(protections, sizeof protections, SB_SCRIPT_PROTECTIONS "=%s", task->protections);
  snprintf(trial, sizeof trial, SB_SCRIPT_TRIAL "=%s", task->trial ? task->trial : "");
  environment[USUAL] = protections, environment[USUAL + 1] = trial;
  if (!put_pieces(task->lines, environment + OTHERS))
    return host->fail(host, SB_INVALID, "what its manifest and its settings say is too long");
  if (chdir("/") == 0) execve(task->program, words, environment);
  return host->fail(host, SB_IO, "%s cannot be started: %s", task->program, strerror(errno));
}
