/* SPDX-License-Identifier: Apache-2.0
 *
 * stagebox-plugin-host: the process in which an untrusted library runs. It is started with a socket to the engine, the
 * sealed copy of the library, and the plugin's log as its output. It takes its rights away, opens the library, says
 * what the library has registered, and then, if the engine wants one, makes an instance and serves it
 * (hosted_instance.h).
 *
 * Everything it does is on its one thread, and at the library's mercy: the engine believes nothing of it.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "compile.h"
#include "error.h"
#include "last_words.h"
#include "own_main.h"
#include "realtime.h"
#include "serve.h"
#include "task.h"

static sb_ext_home home;
static sb_task task;
static sb_registry *registry;

static sb_status open_library(const sb_host *host) {
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", SB_HOST_LIBRARY);
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return sb_error(SB_REFUSED, "it cannot be loaded: %s", dlerror());
  sb_entry entry;
  registry->is_adapted = task.file;
  if (sb_entry_find(library, &entry) != SB_OK || sb_entry_check_abi(entry.abi_version()) != SB_OK) return SB_REFUSED;
  return sb_registry_finish(registry, entry.enroll(host, &registry->registrar));
}

static const void *extension(const sb_host *host, const char *id) {
  (void)host;
  if (strcmp(id, SB_EXT_MAIN) == 0) return registry->is_main && !task.file ? sb_own_main(registry) : NULL;
  if (strcmp(id, SB_EXT_TASK) == 0) return task.file ? &task : NULL;
  return strcmp(id, SB_EXT_HOME) == 0 ? &home : NULL;
}

int main(int count, char **words) {
  if (count >= SB_COMPILE_WORDS && strcmp(words[1], "compile") == 0) return sb_compile(words);
  static sb_channel channel;
  static sb_options options;
  static sb_sandbox_report report;
  static char problems[1024];
  setvbuf(stdout, NULL, _IOLBF, 0); /* what it said before it fell over is in the log */
  sb_channel_open(&channel, SB_HOST_SOCKET, true);
  if (sb_channel_receive(&channel) != SB_OK || channel.kind != SB_MESSAGE_START) {
    fputs("stagebox-plugin-host is started by stagebox, to run a plugin in\n", stderr);
    return 2;
  }
  sb_unpack start = {.bytes = channel.bytes, .count = channel.count};
  const char *name = sb_unpack_text(&start, start.count), *lines = sb_unpack_text(&start, start.count);
  sb_realtime_enter(name ? name : "plugin", -1, 0);
  sb_status status = sb_options_parse(lines, &options, problems, sizeof problems);
  if (status != SB_OK) return sb_serve_failure(&channel, sb_error(status, "%s", problems));
  status = sb_task_read(&options, &task);
  if (status != SB_OK) return sb_serve_failure(&channel, status);
  status = sb_sandbox_enter(&options, &report);
  if (status != SB_OK) return sb_serve_failure(&channel, sb_error(status, "%s", report.problem));
  if (*report.lacking) fprintf(stderr, "sandbox: %s\n", report.lacking);

  task.lines = lines;
  task.protections = report.in_force;
  sb_last_words_prepare(options.memory_mb);
  home = sb_options_home(&options);
  sb_host host = sb_engine_host;
  host.extension = extension;
  registry = sb_registry_create();
  if (registry) registry->is_main = options.is_main;
  status = registry ? open_library(&host) : sb_error(SB_NO_MEMORY, "out of memory");
  if (status != SB_OK) return sb_serve_failure(&channel, status);
  return sb_serve(&channel, registry, &options, &report, &host);
}
