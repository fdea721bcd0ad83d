/* SPDX-License-Identifier: Apache-2.0
 *
 * stagebox-plugin-check: the conformance suite. Opens a plugin's library again and again, each time in a sandboxed
 * process of its own, and says in a JSON line for each case how that went.
 *
 *     stagebox-plugin-check [--seed N] [--quick] [--stage TYPE] [--case NAME] LIBRARY [OPTION=VALUE ...]
 *
 * The options are those of sb_library_open. The same seed draws the same numbers; a case's are its own, whatever other
 * cases run.
 */
#include <stagebox_engine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "candidate.h"
#include "json.h"
#include "trial.h"
#include "trial_log.h"

typedef struct check_plan {
  candidate library;
  uint64_t seed;
  bool quick;
  const char *only_stage, *only_case;
} check_plan;

typedef struct task {
  const check_plan *plan;
  assignment assigned;
} task;

static void print_line(const char *type, const char *name, const verdict *v, uint64_t seed) {
  static const char *const results[] = {"passed", "failed", "skipped"};
  fputs("{\"stage\":", stdout);
  if (type) sb_json_string(stdout, type);
  else fputs("null", stdout);
  putchar(',');
  sb_json_field(stdout, "case", name);
  sb_json_field(stdout, "result", results[v->result]);
  sb_json_field(stdout, "reason", v->reason);
  printf("\"seed\":%llu,\"milliseconds\":%.1f}\n", (unsigned long long)seed, v->milliseconds);
  fflush(stdout);
}

/* [trial] */
static void run(const void *argument) {
  const task *of = argument;
  candidate_try(&of->plan->library, &of->assigned);
}

static const verdict *tried(const check_plan *plan, assignment_kind kind, uint32_t number, uint32_t of) {
  const verdict *v = trial_run(run, &(task){plan, {kind, number, of, plan->seed, plan->quick}});
  if (!v) exit(70);
  return v;
}

static void run_component(check_plan *plan, uint32_t index, const char *type, bool is_source) {
  verdict stopped = {.result = TRIAL_SKIPPED};
  for (uint32_t i = 0; i < case_count; i++) {
    const check_case *c = &cases[i];
    if (!(is_source ? c->of_sources : c->of_stages)) continue;
    if (plan->only_case && strcmp(plan->only_case, c->name) != 0) continue;
    if (stopped.reason[0]) {
      print_line(type, c->name, &stopped, plan->seed);
      continue;
    }
    const verdict *v = tried(plan, ASSIGNMENT_CASE, i, index);
    print_line(type, c->name, v, plan->seed);
    const char *why = v->hangs ? "it hangs" : v->result == TRIAL_FAILED && !v->crashed ? c->then_stop : NULL;
    if (why) snprintf(stopped.reason, sizeof stopped.reason, "not tried, since %s: see %s", why, c->name);
  }
}

/* The value behind "key": in a line that component_tell wrote. */
static bool read_field(const char *line, const char *key, char *out, size_t bytes) {
  const char *at = strstr(line, key);
  if (!at) return false;
  at += strlen(key);
  size_t length = 0;
  for (; at[length] && at[length] != '"' && length + 1 < bytes; length++) out[length] = at[length];
  out[length] = 0;
  return true;
}

/* What the sandbox refused in any trial. */
static void print_permissions(const check_plan *plan, const char *lacking) {
  static verdict v;
  const char *refused = trial_log_refusals();
  if (*refused) v.result = TRIAL_FAILED, snprintf(v.reason, sizeof v.reason, "%s", refused);
  else if (strstr(lacking, "seccomp")) v.result = TRIAL_SKIPPED, snprintf(v.reason, sizeof v.reason, "%s", lacking);
  print_line(NULL, "permissions", &v, plan->seed);
}

static void run_all(check_plan *plan) {
  const verdict *v = tried(plan, ASSIGNMENT_DESCRIBE, 0, 0);
  if (v->result == TRIAL_PASSED && *plan->library.warning)
    snprintf(trial_verdict->reason, TRIAL_WORDS, "%s", plan->library.warning);
  print_line(NULL, "library", v, plan->seed);
  if (v->result != TRIAL_PASSED) return;
  char *told = strdup(v->told), *rest = told, lacking[sizeof v->lacking];
  memcpy(lacking, v->lacking, sizeof lacking);
  uint32_t index = 0;
  if (strstr(told, ASSIGNMENT_BACKEND_LINE))
    print_line(NULL, "fft backend", tried(plan, ASSIGNMENT_BACKEND, 0, 0), plan->seed);
  for (char *line; (line = strsep(&rest, "\n")) && *line; index++) {
    char type[128], role[16];
    if (!read_field(line, "{\"type\":\"", type, sizeof type) || !read_field(line, "\"role\":\"", role, sizeof role))
      continue;
    printf("{\"component\":%s}\n", line);
    if (plan->only_stage && strcmp(plan->only_stage, type) != 0) continue;
    run_component(plan, index, type, strcmp(role, "source") == 0);
  }
  free(told);
  print_permissions(plan, lacking);
}

static int usage(void) {
  fputs("usage: stagebox-plugin-check [--seed N] [--quick] [--stage TYPE] [--case NAME] LIBRARY [OPTION=VALUE ...]\n",
        stderr);
  return 2;
}

int main(int count, char **words) {
  check_plan plan = {.seed = 1};
  int at = 1;
  for (; at < count && strncmp(words[at], "--", 2) == 0; at++) {
    const bool has_value = at + 1 < count;
    if (strcmp(words[at], "--quick") == 0) plan.quick = true;
    else if (strcmp(words[at], "--seed") == 0 && has_value) plan.seed = strtoull(words[++at], NULL, 10);
    else if (strcmp(words[at], "--stage") == 0 && has_value) plan.only_stage = words[++at];
    else if (strcmp(words[at], "--case") == 0 && has_value) plan.only_case = words[++at];
    else return usage();
  }
  if (at >= count) return usage();
  const char *path = words[at];
  static char options[1 << 20];
  for (at++; at < count; at++) {
    if (strlen(options) + strlen(words[at]) + 2 > sizeof options) return usage();
    strcat(strcat(options, words[at]), "\n");
  }
  static verdict refused = {.result = TRIAL_FAILED};
  if (candidate_read(path, options, &plan.library) != SB_OK) {
    snprintf(refused.reason, sizeof refused.reason, "%s", sb_last_error());
    print_line(NULL, "library", &refused, plan.seed);
    return 0;
  }
  run_all(&plan);
  return 0;
}
