/* SPDX-License-Identifier: Apache-2.0 */
#include "loading.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "registrar.h"
#include "side_call.h"

static const double LOAD_S = 5, UNLOAD_S = 0.3;

struct sb_loading {
  char path[32]; /* of the sealed copy */
  uint32_t abi;
  const sb_host *host;
  sb_registry *registry;
  sb_side_call *call; /* NULL: it has returned, or fell over */
  void *handle;
  const char *volatile within; /* what is under way, for words */
  sb_status status;
  bool is_gone; /* after unloading */
  char words[1024];
};

/* The loader's words, without the name that the copy has. */
static sb_status fail_to_load(const sb_loading *loading) {
  const char *words = dlerror();
  if (!words) words = "the loader does not say why";
  const bool names_path = strncmp(words, loading->path, strlen(loading->path)) == 0 && strchr(words, ' ');
  return sb_error(SB_REFUSED, "cannot be loaded: %s", names_path ? strchr(words, ' ') + 1 : words);
}

static sb_status load(sb_loading *loading) {
  loading->within = "a constructor";
  loading->handle = dlopen(loading->path, RTLD_NOW | RTLD_LOCAL);
  if (!loading->handle) return fail_to_load(loading);
  sb_entry entry;
  if (sb_entry_find(loading->handle, &entry) != SB_OK) return SB_REFUSED;
  loading->within = "stagebox_abi_version";
  const uint32_t abi = entry.abi_version();
  if (abi != loading->abi)
    return sb_error(SB_REFUSED, "says ABI %u.%u.%u when asked, and %u.%u.%u in its note", abi >> 16, abi >> 8 & 0xFF,
                    abi & 0xFF, loading->abi >> 16, loading->abi >> 8 & 0xFF, loading->abi & 0xFF);
  loading->within = "stagebox_register";
  sb_error(SB_OK, "%s", "");
  const sb_status status = entry.enroll(loading->host, &loading->registry->registrar);
  loading->registry->offers_backend = ((const sb_library *)loading->host->context)->fft_backend != NULL;
  return sb_registry_finish(loading->registry, status);
}

static void run_load(void *argument) {
  sb_loading *loading = argument;
  loading->status = load(loading);
  if (loading->status != SB_OK) snprintf(loading->words, sizeof loading->words, "%s", sb_last_error());
}

static void run_unload(void *argument) {
  sb_loading *loading = argument;
  loading->within = "a destructor";
  dlclose(loading->handle);
  void *still = dlopen(loading->path, RTLD_NOW | RTLD_NOLOAD);
  loading->is_gone = still == NULL;
  if (still) dlclose(still);
}

sb_loading *sb_loading_start(int file, uint32_t abi, const sb_host *host) {
  sb_loading *loading = calloc(1, sizeof *loading);
  if (!loading) return sb_error(SB_NO_MEMORY, "out of memory"), NULL;
  snprintf(loading->path, sizeof loading->path, "/proc/self/fd/%d", file);
  loading->abi = abi;
  loading->host = host;
  loading->registry = sb_registry_create();
  loading->call = loading->registry ? sb_side_call_start(run_load, loading, LOAD_S) : NULL;
  if (loading->call) return loading;
  sb_registry_destroy(loading->registry);
  free(loading);
  return sb_error(SB_NO_MEMORY, "there is no memory or no thread to load it with"), NULL;
}

static sb_status tell_fault(const sb_loading *loading, sb_status status, const sb_fault *fault) {
  char how[128];
  sb_fault_describe(fault, how, sizeof how);
  return sb_error(status == SB_CRASHED ? SB_CRASHED : SB_LATE, "%s in %s", how, loading->within);
}

sb_status sb_loading_poll(sb_loading *loading, sb_classes *classes) {
  sb_fault fault = {0};
  const sb_status status = sb_side_call_poll(loading->call, &fault);
  if (status == SB_AGAIN) return SB_AGAIN;
  sb_side_call_destroy(loading->call);
  loading->call = NULL;
  if (status != SB_OK) return tell_fault(loading, status, &fault);
  if (loading->status != SB_OK) return sb_error(loading->status, "%s", loading->words);
  *classes = (sb_classes){.stages = (const sb_stage_class **)loading->registry->stages,
                          .sources = (const sb_source_class **)loading->registry->sources,
                          .stage_count = loading->registry->stage_count,
                          .source_count = loading->registry->source_count};
  return SB_OK;
}

bool sb_loading_end(sb_loading *loading) {
  sb_fault fault = {0};
  bool is_gone = loading->handle == NULL;
  if (loading->handle) {
    sb_side_call *call = sb_side_call_start(run_unload, loading, UNLOAD_S);
    const sb_status status = call ? sb_side_call_wait(call, &fault) : SB_NO_MEMORY;
    sb_side_call_destroy(call);
    is_gone = status == SB_OK && loading->is_gone;
    if (status != SB_OK) return false; /* a thread may be in it for good */
  }
  sb_registry_destroy(loading->registry);
  free(loading);
  return is_gone;
}
