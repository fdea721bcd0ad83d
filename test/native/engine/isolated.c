/* SPDX-License-Identifier: Apache-2.0 */
#include "isolated.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "hosting.h"
#include "sealed_file.h"

enum { PATIENCE_MS = 8000 };

static void remove_folder(void) {
  char command[64];
  snprintf(command, sizeof command, "rm -rf /tmp/stagebox-test-%d", getpid());
  if (system(command) != 0) fputs("cannot clean up\n", stderr);
}

const char *isolated_compile(const char *source) {
  static char path[256], command[1200];
  const char *name = strrchr(source, '/');
  snprintf(path, sizeof path, "/tmp/stagebox-test-%d/%s.so", getpid(), name ? name + 1 : source);
  if (access(path, R_OK) == 0) return path;
  static bool is_registered;
  if (!is_registered) atexit(remove_folder), is_registered = true;
  snprintf(command, sizeof command, "mkdir -p /tmp/stagebox-test-%d && " SB_COMPILER " -std=gnu11 -O2 -fPIC -shared -I%s/native/include -I%s/test/plugins/bad -o %s %s/test/plugins/%s -lm",
           getpid(), SB_REPOSITORY, SB_REPOSITORY, path, SB_REPOSITORY, source);
  return system(command) == 0 ? path : NULL;
}

sb_library *isolated_open(const char *source, const char *options) {
  const char *path = isolated_compile(source);
  if (!path) return check_skip("no compiler"), NULL;
  sb_set_plugin_host(SB_PLUGIN_HOST);
  sb_library *library = calloc(1, sizeof *library);
  const int file = sb_sealed_file_copy(path);
  library->hosting = sb_hosting_create(&(sb_hosting_terms){.name = "trial", .options = options, .file = file, .memory_mb = 64, .cpu_percent = 100});
  close(file);
  library->status = library->hosting ? SB_AGAIN : SB_IO;
  for (int i = 0; library->status == SB_AGAIN && i < PATIENCE_MS; i++) {
    library->status = sb_hosting_poll(library->hosting, &library->classes);
    if (library->status == SB_AGAIN) usleep(1000);
  }
  if (check_that(library->status == SB_OK, __FILE__, __LINE__, "%s opens: %s", source, sb_last_error())) return library;
  isolated_close(library);
  return NULL;
}

void isolated_close(sb_library *library) {
  if (!library) return;
  sb_hosting_destroy(library->hosting);
  free(library);
}

int32_t isolated_activate(sb_node *node, const sb_node *upstream, uint32_t max_frames) {
  int32_t status = SB_AGAIN;
  for (int i = 0; i < PATIENCE_MS && (status = sb_node_activate(node, upstream, max_frames)) == SB_AGAIN; i++) usleep(1000);
  return status;
}

int32_t isolated_watch_until(sb_node *node, int32_t status) {
  int32_t seen = SB_OK;
  for (int i = 0; i < PATIENCE_MS / 10 && (seen = sb_node_watch(node)) != status; i++) usleep(10000);
  return seen;
}
