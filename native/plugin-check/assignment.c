/* SPDX-License-Identifier: Apache-2.0 */
#include "assignment.h"

#include <inttypes.h>
#include <stdio.h>

#include "census.h"
#include "fft_check.h"
#include "trial.h"

enum { MOST_COMPONENTS = 2 * SB_REGISTRY_MAX_CLASSES };

void assignment_write(const assignment *of, char *out, size_t bytes) {
  snprintf(out, bytes, "%d %" PRIu32 " %" PRIu32 " %" PRIu64 " %d", of->kind, of->number, of->component, of->seed,
           of->quick);
}

bool assignment_read(const char *words, assignment *out) {
  int kind, quick;
  *out = (assignment){0};
  if (sscanf(words, "%d %" SCNu32 " %" SCNu32 " %" SCNu64 " %d", &kind, &out->number, &out->component, &out->seed,
             &quick) != 5)
    return false;
  out->kind = (assignment_kind)kind;
  out->quick = quick;
  return kind >= ASSIGNMENT_DESCRIBE && kind <= ASSIGNMENT_CASE && out->number < case_count;
}

bool assignment_wants_seal(const assignment *of) {
  return of->kind != ASSIGNMENT_CASE || !cases[of->number].may_forbid;
}

void assignment_prepare(void) { census_prepare(); }

static uint32_t components_of(const sb_registry *registry, component out[MOST_COMPONENTS]) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < registry->stage_count; i++) out[count++] = component_of_stage(registry->stages[i]);
  for (uint32_t i = 0; i < registry->source_count; i++) out[count++] = component_of_source(registry->sources[i]);
  return count;
}

static void describe(const component *found, uint32_t count, const opened *in) {
  for (uint32_t i = 0; i < count; i++) CALL("reading the class", component_tell(&found[i]));
  if (in->backend) trial_tell(ASSIGNMENT_BACKEND_LINE);
}

static void try_backend(const assignment *of, const opened *in) {
  if (!in->backend) trial_fail("offers another thing each time");
  fft_check(in->backend, seed_for(of->seed, "fft backend"));
}

static void try_case(const assignment *of, const component *found, uint32_t count, const opened *in) {
  if (of->component >= count) trial_fail("registers other classes each time");
  const component *tried = &found[of->component];
  const check_case *with = &cases[of->number];
  census_take();
  char purpose[128];
  snprintf(purpose, sizeof purpose, "%s/%s", tried->type, with->name);
  with->run(&(subject){tried, seed_for(of->seed, purpose), of->quick, in->handle, in->place});
}

void assignment_run(const assignment *of, const opened *in) {
  static component found[MOST_COMPONENTS];
  const uint32_t count = components_of(in->registry, found);
  switch (of->kind) {
    case ASSIGNMENT_DESCRIBE: return describe(found, count, in);
    case ASSIGNMENT_BACKEND: return try_backend(of, in);
    case ASSIGNMENT_CASE: return try_case(of, found, count, in);
  }
}
