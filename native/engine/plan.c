/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include <stdlib.h>

#include "error.h"
#include "wiring.h"

sb_plan *sb_plan_create(void) { return calloc(1, sizeof(sb_plan)); }

void sb_plan_destroy(sb_plan *plan) {
  if (!plan) return;
  sb_wiring_destroy(plan->wiring);
  free(plan);
}

static const sb_plan_step *find_step(const sb_plan *plan, const sb_node *node) {
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].node == node) return &plan->steps[i];
  return NULL;
}

int32_t sb_plan_add_node(sb_plan *plan, sb_node *node, sb_node *upstream, const char *name, int32_t core) {
  if (plan->step_count == SB_PLAN_MAX_STEPS)
    return sb_error(SB_FULL, "a plan holds at most %d stages", SB_PLAN_MAX_STEPS);
  if (!node->stage || !node->active) return sb_error(SB_INVALID, "a plan takes active stages");
  if (sb_node_is_sink(upstream)) return sb_error(SB_INVALID, "nothing can come after a sink");
  uint32_t g = 0;
  while (g < plan->group_count && strcmp(plan->groups[g].name, name) != 0) g++;
  const sb_plan_step *before = find_step(plan, upstream);
  const bool enters = !before || before->group != g;
  if (g == SB_PLAN_MAX_GROUPS) return sb_error(SB_FULL, "a plan holds at most %d groups", SB_PLAN_MAX_GROUPS);
  if (strlen(name) >= SB_GROUP_NAME_BYTES)
    return sb_error(SB_INVALID, "group name \"%s\" is longer than %d characters", name, SB_GROUP_NAME_BYTES - 1);
  if (g == plan->group_count) {
    sb_plan_group *group = &plan->groups[plan->group_count++];
    memcpy(group->name, name, strlen(name) + 1);
    group->core = core;
    group->entry = upstream;
  } else if (enters && upstream != plan->groups[g].entry) {
    return sb_error(SB_INVALID, "group \"%s\" has more than one way in", name);
  }
  if (find_step(plan, node)) return sb_error(SB_INVALID, "a stage stands in the plan twice");
  plan->steps[plan->step_count++] = (sb_plan_step){node, upstream, g};
  return SB_OK;
}

int32_t sb_plan_add_tap(sb_plan *plan, sb_tap *tap, sb_node *upstream) {
  if (plan->tap_count == SB_PLAN_MAX_TAPS) return sb_error(SB_FULL, "a plan holds at most %d taps", SB_PLAN_MAX_TAPS);
  if (sb_node_is_sink(upstream)) return sb_error(SB_INVALID, "nothing can come after a sink");
  for (uint32_t i = 0; i < plan->tap_count; i++)
    if (plan->taps[i].tap == tap) return sb_error(SB_INVALID, "a tap sits in the plan twice");
  plan->taps[plan->tap_count++] = (sb_plan_tap){tap, upstream};
  return SB_OK;
}

int32_t sb_plan_add_heir(sb_plan *plan, sb_node *from, sb_node *to) {
  if (plan->heir_count == SB_PLAN_MAX_STEPS)
    return sb_error(SB_FULL, "a plan holds at most %d heirs", SB_PLAN_MAX_STEPS);
  plan->heirs[plan->heir_count++] = (sb_plan_heir){from, to};
  return SB_OK;
}
