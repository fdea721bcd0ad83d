/* SPDX-License-Identifier: Apache-2.0 */
#include "candidate.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stagebox_engine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "class_check.h"
#include "crash.h"
#include "elf_check.h"
#include "error.h"
#include "place.h"
#include "registrar.h"
#include "sandbox.h"
#include "sealed_file.h"
#include "serve.h"
#include "task.h"
#include "trial.h"
#include "within.h"

/* The checker keeps several instances and what came out of them, on the library's account. */
enum { CHECKER_MB = 256 };

static sb_ext_home home;
static sb_task task;

static const sb_fft_backend *backend;

static sb_status offer(const sb_host *of, const sb_fft_backend *offered) {
  (void)of;
  const sb_status status = sb_fft_backend_check(offered);
  if (status == SB_OK) backend = offered;
  return status;
}

static bool may_lend;

static const void *extension(const sb_host *of, const char *id) {
  static const sb_ext_fft_backend_host lending = {offer};
  (void)of;
  if (may_lend && strcmp(id, SB_EXT_FFT_BACKEND_HOST) == 0) return &lending;
  if (strcmp(id, SB_EXT_TASK) == 0) return task.file ? &task : NULL;
  return strcmp(id, SB_EXT_HOME) == 0 ? &home : NULL;
}

static sb_host host;

sb_status candidate_read(const char *path, const char *options, candidate *out) {
  const char *slash = strrchr(path, '/');
  char problems[1024];
  sb_elf_findings findings;
  out->name = slash ? slash + 1 : path;
  place_name_library(out->name);
  sb_status status = sb_options_parse(options, &out->options, problems, sizeof problems);
  if (status != SB_OK) return sb_error(status, "%s", problems);
  status = sb_task_read(&out->options, &task);
  if (status != SB_OK) return status;
  out->options.memory_mb += CHECKER_MB;
  home = sb_options_home(&out->options);
  may_lend = out->options.is_in_process;
  host = sb_engine_host;
  host.extension = extension;
  rig_host = &host;
  out->lines = options;
  out->file = sb_sealed_file_copy(path);
  if (out->file < 0) return SB_IO;
  status = sb_elf_check_file(out->file, &findings);
  if (status == SB_OK) memcpy(out->warning, findings.warning, sizeof out->warning);
  return status;
}

static void enroll(void *handle, sb_registry *registry) {
  sb_entry entry;
  if (sb_entry_find(handle, &entry) != SB_OK) trial_fail("%s", sb_last_error());
  uint32_t abi = 0;
  CALL("stagebox_abi_version", abi = entry.abi_version());
  if (sb_entry_check_abi(abi) != SB_OK) trial_fail("%s", sb_last_error());
  sb_status status = SB_OK;
  CALL("stagebox_register", status = entry.enroll(&host, &registry->registrar));
  registry->offers_backend = backend != NULL;
  registry->is_adapted = task.file;
  if (sb_registry_finish(registry, status) != SB_OK) trial_fail("%s", sb_last_error());
}

#define NO_SANDBOX "this machine has no sandbox to run it in: %s"

/* For the program that the adapter may make of this process. */
static void hand_on(const candidate *of, const assignment *assigned, const sb_sandbox_report *report) {
  static char words[WITHIN_WORDS];
  within_hand_on(assigned, words);
  /* Where adapters look for it once more. */
  if (of->file != SB_HOST_LIBRARY) dup2(of->file, SB_HOST_LIBRARY);
  else fcntl(of->file, F_SETFD, 0);
  task.lines = of->lines;
  task.protections = report->in_force;
  task.trial = words;
}

void candidate_try(const candidate *of, const assignment *assigned) {
  static sb_sandbox_report report;
  assignment_prepare();
  if (sb_sandbox_enter(&of->options, &report) != SB_OK) trial_skip(NO_SANDBOX, report.problem);
  snprintf(trial_verdict->lacking, sizeof trial_verdict->lacking, "%s", report.lacking);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", of->file);
  void *handle;
  CALL("dlopen", handle = dlopen(path, RTLD_NOW | RTLD_LOCAL));
  if (!handle) trial_fail("cannot be loaded: %s", dlerror());
  crash_set_library(handle);
  sb_registry *registry = sb_registry_create();
  if (!registry) trial_fail(OUT_OF_MEMORY);
  if (task.program) hand_on(of, assigned, &report);
  enroll(handle, registry);
  if (assignment_wants_seal(assigned) && sb_sandbox_seal(&of->options, &report) != SB_OK)
    trial_skip(NO_SANDBOX, report.problem);
  const place_of_code place = task.file ? CODE_ADAPTED : CODE_IN_LIBRARY;
  assignment_run(assigned, &(opened){.registry = registry, .backend = backend, .handle = handle, .place = place});
}
