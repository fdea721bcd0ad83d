/* SPDX-License-Identifier: Apache-2.0 */
#include "library.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place.h"
#include "trial.h"

bool library_read(const char *path, library *out, char *why, uint32_t bytes) {
  const char *slash = strrchr(path, '/');
  out->name = slash ? slash + 1 : path;
  place_name_library(out->name);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat about;
  if (file < 0 || fstat(file, &about) != 0) return snprintf(why, bytes, "cannot be read (%s)", strerror(errno)), false;
  out->file = memfd_create(out->name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  off_t at = 0;
  while (at < about.st_size)
    if (sendfile(out->file, file, &at, (size_t)(about.st_size - at)) <= 0) break;
  close(file);
  fcntl(out->file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  return true;
}

typedef struct collection {
  component *out;
  uint32_t count;
} collection;

static sb_status add(const sb_registrar *registrar, component one) {
  collection *to = registrar->context;
  if (to->count == LIBRARY_MOST) return SB_FULL;
  to->out[to->count++] = one;
  return SB_OK;
}

static sb_status add_stage(const sb_registrar *registrar, const sb_stage_class *stage) {
  return stage && stage->type ? add(registrar, component_of_stage(stage)) : SB_INVALID;
}

static sb_status add_source(const sb_registrar *registrar, const sb_source_class *source) {
  return source && source->type ? add(registrar, component_of_source(source)) : SB_INVALID;
}

uint32_t library_open(library *of, component *out) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", of->file);
  CALL("dlopen", of->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL));
  if (!of->handle) trial_fail("cannot be loaded: %s", dlerror());
  uint32_t (*version)(void);
  sb_status (*enter)(const sb_host *, const sb_registrar *);
  *(void **)&version = dlsym(of->handle, "stagebox_abi_version");
  *(void **)&enter = dlsym(of->handle, "stagebox_register");
  if (!version || !enter) trial_fail("does not export %s; see plugin.h", version ? "stagebox_register" : "stagebox_abi_version");
  uint32_t abi = 0;
  CALL("stagebox_abi_version", abi = version());
  if (abi >> 16 != SB_ABI_MAJOR) trial_fail("incompatible ABI %u (core=%u)", abi >> 16, SB_ABI_MAJOR);
  collection found = {.out = out};
  const sb_registrar registrar = {.size = sizeof registrar, .context = &found, .add_stage = add_stage, .add_source = add_source};
  sb_status status = SB_OK;
  component_error_clear();
  CALL("stagebox_register", status = enter(&component_host, &registrar));
  if (status != SB_OK) trial_fail("stagebox_register returns %d: %s", status, component_error());
  if (found.count == 0) trial_fail("registers no stage and no source; call registrar->add_stage in stagebox_register");
  return found.count;
}
