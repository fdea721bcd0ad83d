/* SPDX-License-Identifier: Apache-2.0 */
#include "isolated.h"

#include <unistd.h>

#include "check.h"
#include "test_library.h"

enum { PATIENCE_MS = 8000 };

sb_library *isolated_open(const char *source, const char *options) {
  const char *path = test_library(source, "-I" SB_REPOSITORY "/test/plugins/bad");
  if (!path) return NULL;
  sb_set_plugin_host(SB_PLUGIN_HOST);
  sb_library *library = sb_library_open(path, options);
  int32_t status = library ? SB_AGAIN : SB_IO;
  for (int i = 0; status == SB_AGAIN && i < PATIENCE_MS && (status = sb_library_poll(library)) == SB_AGAIN; i++) usleep(1000);
  if (check_that(status == SB_OK, __FILE__, __LINE__, "%s opens: %s", source, sb_last_error())) return library;
  sb_library_close(library);
  return NULL;
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
