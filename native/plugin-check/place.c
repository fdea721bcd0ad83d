/* SPDX-License-Identifier: Apache-2.0 */
#include "place.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

static const char *library_name = "the library";

void place_name_library(const char *name) { library_name = name; }

void place_describe(char *out, size_t bytes, const void *address) {
  Dl_info info;
  *out = 0;
  if (!address || !dladdr(address, &info) || !info.dli_fname) return;
  const char *file = strrchr(info.dli_fname, '/');
  file = file ? file + 1 : info.dli_fname;
  const bool loaded_by_us = strncmp(info.dli_fname, "/proc/", 6) == 0;
  const uintptr_t offset = (uintptr_t)address - (uintptr_t)info.dli_fbase;
  const char *function = info.dli_sname ? info.dli_sname : "";
  snprintf(out, bytes, " (%s%s%s+0x%zx)", function, *function ? " in " : "", loaded_by_us ? library_name : file,
           (size_t)offset);
}

const void *place_of_context(const void *ucontext) {
  const ucontext_t *context = ucontext;
#if defined(__x86_64__)
  return (const void *)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
  return (const void *)context->uc_mcontext.pc;
#else
  return (void)context, NULL;
#endif
}
