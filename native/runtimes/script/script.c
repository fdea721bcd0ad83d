/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "across.h"
#include "error.h"
#include "filter.h"
#include "instance.h"
#include "json.h"
#include "last_words.h"
#include "process.h"
#include "realtime.h"
#include "serve.h"
#include "task.h"
#include "within.h"

#define EMBED(NAME, FILE)                                                  \
  __asm__(".pushsection .rodata\n"                                         \
          #NAME "_source:\n"                                               \
          ".incbin \"" FILE "\"\n"                                         \
          ".byte 0\n"                                                      \
          ".popsection\n");                                                \
  extern const char NAME##_source[] __attribute__((visibility("hidden"))); \
  const char *sb_script_##NAME(void) { return NAME##_source; }
EMBED(adapter, "runtimes/script/adapter.ts")
EMBED(main, "runtimes/script/main.ts")
EMBED(service, "runtimes/script/service.ts")
EMBED(wire, "runtimes/script/wire.ts")
EMBED(sdk, "../sdk/typescript/stagebox.ts")

static sb_channel channel;
static sb_options options;
static sb_sandbox_report report;
static sb_task task;
static sb_ext_home home;
static char *opened;      /* what sb_script_open tells */
static bool is_trial;

void sb_script_fail(const char *words) {
  sb_error(SB_INVALID, "%s", words);
  sb_across_fail(words);
}

void sb_script_broken(void) {
  enum { MOST = 5 };
  static const char words[] = "it has changed what JavaScript itself is made of, so that nothing can be called any more";
  static int times;
  sb_script_fail(words);
  if (++times < MOST) return;
  fprintf(stderr, "%s\n", words);
  _exit(SB_EXIT_FAILURES);
}

static void tell_class(FILE *to, const char *type, uint32_t input, uint32_t output, const sb_param *params,
                       uint32_t count) {
  putc('{', to);
  sb_json_field(to, "type", type);
  sb_json_field(to, "input", sb_json_port(input));
  sb_json_field(to, "output", sb_json_port(output));
  fputs("\"live\":[", to);
  for (uint32_t i = 0, first = 1; i < count; i++) {
    if (!(params[i].flags & SB_PARAM_LIVE)) continue;
    if (!first) putc(',', to);
    sb_json_string(to, params[i].id);
    first = 0;
  }
  fputs("]}", to);
}

static void tell_task(FILE *to) {
  putc('{', to);
  sb_json_field(to, "file", task.file);
  sb_json_field(to, "service", options.service);
  sb_json_field(to, "data", home.data);
  fprintf(to, "\"is_main\":%s,", task.is_main ? "true" : "false");
  fprintf(to, "\"config\":%s,\"classes\":[", home.config ? home.config : "{}");
  for (uint32_t i = 0; i < task.classes.stage_count; i++) {
    const sb_stage_class *stage = task.classes.stages[i];
    if (i) putc(',', to);
    tell_class(to, stage->type, stage->input, stage->output, stage->params, stage->param_count);
  }
  for (uint32_t i = 0; i < task.classes.source_count; i++) {
    const sb_source_class *source = task.classes.sources[i];
    if (task.classes.stage_count + i) putc(',', to);
    tell_class(to, source->type, SB_PORT_NONE, SB_PORT_SIGNAL, source->params, source->param_count);
  }
  fputs("]}", to);
}

/* Whoever waits for this process is told why it ends: sb_last_error. Returns what to exit with. */
static int fail(sb_status status) {
  if (is_trial) within_fail(sb_last_error());
  return sb_serve_failure(&channel, status);
}

static sb_status begin(const char *lines, const char *protections) {
  char problems[1024];
  sb_status status = sb_options_parse(lines, &options, problems, sizeof problems);
  if (status != SB_OK) return sb_error(status, "%s", problems);
  home = sb_options_home(&options);
  status = sb_task_read(&options, &task);
  if (status == SB_OK) status = sb_adapter_check(&sb_engine_host, &task.classes);
  if (status != SB_OK) return status;
  snprintf(report.in_force, sizeof report.in_force, "%s", protections);
  sb_realtime_enter(options.name, -1, 0);
  sb_last_words_of_abort(options.memory_mb);
  return SB_OK;
}

const char *sb_script_open(const char *lines, const char *protections, const char *trial) {
  is_trial = *trial;
  if (is_trial) within_begin(trial);
  else sb_channel_open(&channel, SB_HOST_SOCKET, true);
  const sb_status status = begin(lines, protections);
  if (status != SB_OK) return fail(status), "";
  size_t length;
  FILE *to = open_memstream(&opened, &length);
  if (to) tell_task(to);
  return to && fclose(to) == 0 ? opened : "";
}

const char *sb_script_tell(void) { return sb_filter_tell(&options, &report) == SB_OK ? "" : report.problem; }

static sb_registry *registered(const uint32_t *traits, const char *problem) {
  if (*problem) return sb_error(SB_INVALID, "%s", problem), NULL;
  sb_registry *registry = sb_registry_create();
  if (!registry) return sb_error(SB_NO_MEMORY, "out of memory"), NULL;
  registry->is_adapted = true;
  const sb_status status = sb_adapter_register(&registry->registrar, &task.classes, traits, &sb_script_functions);
  return sb_registry_finish(registry, status) == SB_OK ? registry : NULL;
}

static const sb_registry *registry;

static int32_t serve(void) {
  if (is_trial) within_run(registry, &options, &report, CODE_IN_PROGRAM);
  return sb_serve(&channel, registry, &options, &report, &sb_engine_host);
}

int32_t sb_script_serve(const uint32_t *traits, const sb_script_calls *calls, const char *problem) {
  sb_script_set_calls(calls);
  registry = registered(traits, problem);
  return registry ? serve() : fail(SB_INVALID);
}

static int32_t serve_across(void) {
  if (is_trial) within_run(registry, &options, &report, CODE_AWAITED);
  return serve();
}

int32_t sb_script_serve_across(const uint32_t *traits, void (*wake)(void), const char *problem) {
  sb_script_set_calls(&sb_across_calls);
  registry = registered(traits, problem);
  return registry && sb_across_begin(wake, serve_across) == SB_OK ? 0 : fail(SB_INVALID);
}

static const char *context_given = "";

static int keep_context(struct sb_channel *to, const char *context, const sb_host *host) {
  (void)to, (void)host;
  context_given = context;
  return 0;
}

const char *sb_script_begin(const char *problem) {
  sb_registry *mains = *problem ? NULL : sb_registry_create();
  if (!mains) {
    sb_serve_failure(&channel, sb_error(SB_INVALID, "%s", *problem ? problem : "out of memory"));
    return "";
  }
  mains->is_main = true;
  mains->main_loop = keep_context;
  sb_serve(&channel, mains, &options, &report, &sb_engine_host);
  return context_given;
}
