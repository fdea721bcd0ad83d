/* SPDX-License-Identifier: Apache-2.0 */
#include "wiring.h"

#include <stdlib.h>

#include "error.h"
#include "tap.h"

struct sb_wiring {
  sb_program *source_program;
  sb_group *groups[SB_PLAN_MAX_GROUPS];
  sb_program *programs[SB_PLAN_MAX_GROUPS];
  bool is_own[SB_PLAN_MAX_GROUPS]; /* the group is no part of the session: destroy it with the wiring */
  uint32_t count;
  sb_group *retired[SB_PLAN_MAX_GROUPS]; /* groups that the session no longer has */
  uint32_t retired_count;
  uint32_t swaps; /* of the session when the wiring was made */
};

static sb_group *running_group(const sb_session *session, const sb_plan_group *wanted) {
  const size_t room = 4 * (sb_outlet_packet_bytes(&wanted->entry->format, false) + 128);
  for (uint32_t i = 0; i < session->group_count; i++) {
    sb_group *group = session->groups[i];
    if (strcmp(group->name, wanted->name) == 0 && group->core == wanted->core && room <= sb_ring_capacity(group->ring))
      return group;
  }
  return NULL;
}

static sb_status add_group(sb_wiring *wiring, sb_session *session, const sb_plan *plan, const sb_plan_group *wanted) {
  const uint32_t g = wiring->count++;
  const sb_format *input = &wanted->entry->format;
  wiring->groups[g] = running_group(session, wanted);
  if (!wiring->groups[g]) {
    wiring->groups[g] = sb_group_create(wanted->name, wanted->core, input, &session->run, session->speed);
    wiring->is_own[g] = true;
  }
  wiring->programs[g] = sb_program_create(plan->step_count, input);
  return wiring->groups[g] && wiring->programs[g] ? SB_OK : sb_error(SB_NO_MEMORY, "out of memory");
}

/* Where a node's output stands: a program, and a slot in it. */
typedef struct place {
  sb_program *program;
  uint32_t slot;
} place;

static place find_place(const sb_wiring *wiring, const sb_session *session, const sb_node *node) {
  if (node == session->source) return (place){wiring->source_program, 0};
  for (uint32_t g = 0; g < wiring->count; g++)
    for (uint32_t i = 0; i < wiring->programs[g]->step_count; i++)
      if (wiring->programs[g]->steps[i].node == node) return (place){wiring->programs[g], i + 1};
  return (place){NULL, 0};
}

static sb_status connect_steps(sb_wiring *wiring, sb_session *session, const sb_plan *plan) {
  for (uint32_t i = 0; i < plan->step_count; i++) {
    const sb_plan_step *step = &plan->steps[i];
    sb_program *program = wiring->programs[step->group];
    const place upstream = find_place(wiring, session, step->upstream);
    if (!upstream.program) return sb_error(SB_INVALID, "a stage stands in the plan before its upstream");
    sb_program_add_step(program, step->node, upstream.program == program ? upstream.slot : 0);
  }
  return SB_OK;
}

static sb_status connect_outlets(sb_wiring *wiring, sb_session *session, const sb_plan *plan) {
  sb_status status = SB_OK;
  for (uint32_t g = 0; g < plan->group_count && status == SB_OK; g++) {
    const place entry = find_place(wiring, session, plan->groups[g].entry);
    if (!entry.program)
      return sb_error(SB_INVALID, "the input of group \"%s\" is no part of the plan", plan->groups[g].name);
    status = sb_program_add_outlet(entry.program, entry.slot, &wiring->groups[g]->inlet);
  }
  for (uint32_t i = 0; i < plan->tap_count && status == SB_OK; i++) {
    const place upstream = find_place(wiring, session, plan->taps[i].upstream);
    if (!upstream.program) return sb_error(SB_INVALID, "a tap sits on a node that is no part of the plan");
    sb_outlet *outlet = &plan->taps[i].tap->outlet;
    if (sb_outlet_packet_bytes(&plan->taps[i].upstream->format, true) + 128 > sb_ring_capacity(outlet->ring) / 2)
      return sb_error(SB_INVALID, "a tap is too small for a packet of its node; make it for that node");
    if (!outlet->activity) outlet->activity = &session->activity;
    status = sb_program_add_outlet(upstream.program, upstream.slot, outlet);
  }
  return status;
}

sb_status sb_wiring_create(sb_session *session, const sb_plan *plan, sb_wiring **out) {
  sb_wiring *wiring = calloc(1, sizeof *wiring);
  if (!wiring) return sb_error(SB_NO_MEMORY, "out of memory");
  wiring->swaps = session->swaps;
  wiring->source_program = sb_program_create(0, &session->source->format);
  sb_status status = wiring->source_program ? sb_program_finish(wiring->source_program)
                                            : sb_error(SB_NO_MEMORY, "out of memory");
  for (uint32_t g = 0; g < plan->group_count && status == SB_OK; g++)
    status = add_group(wiring, session, plan, &plan->groups[g]);
  if (status == SB_OK) status = connect_steps(wiring, session, plan);
  if (status == SB_OK) status = connect_outlets(wiring, session, plan);
  for (uint32_t g = 0; g < wiring->count && status == SB_OK; g++) status = sb_program_finish(wiring->programs[g]);
  for (uint32_t g = 0; g < wiring->count && status == SB_OK; g++)
    if (session->started && !sb_group_start(wiring->groups[g]))
      status = sb_error(SB_NO_MEMORY, "no thread for group \"%s\"", wiring->groups[g]->name);
  if (status == SB_OK)
    *out = wiring;
  else
    sb_wiring_destroy(wiring);
  return status;
}

bool sb_wiring_fits(const sb_wiring *wiring, const sb_session *session) { return wiring->swaps == session->swaps; }

void sb_wiring_put_in_place(sb_wiring *wiring, sb_session *session) {
  session->swaps++;
  sb_group *old_groups[SB_PLAN_MAX_GROUPS];
  const uint32_t old_count = session->group_count;
  memcpy(old_groups, session->groups, sizeof old_groups);

  sb_program *source_program = session->source_program;
  session->source_program = wiring->source_program;
  wiring->source_program = source_program;
  for (uint32_t g = 0; g < wiring->count; g++) {
    session->groups[g] = wiring->groups[g];
    wiring->programs[g] = atomic_exchange(&wiring->groups[g]->program, wiring->programs[g]);
    wiring->is_own[g] = false;
  }
  session->group_count = wiring->count;

  /* What the wiring holds now: the old programs of groups that stay, and groups that do not. */
  wiring->retired_count = 0;
  for (uint32_t i = 0; i < old_count; i++) {
    bool stays = false;
    for (uint32_t g = 0; g < wiring->count; g++) stays |= wiring->groups[g] == old_groups[i];
    if (!stays) wiring->retired[wiring->retired_count++] = old_groups[i];
  }
}

void sb_wiring_destroy(sb_wiring *wiring) {
  if (!wiring) return;
  for (uint32_t g = 0; g < wiring->count; g++) {
    sb_program_destroy(wiring->programs[g]);
    if (wiring->is_own[g]) sb_group_destroy(wiring->groups[g]);
  }
  for (uint32_t i = 0; i < wiring->retired_count; i++) sb_group_destroy(wiring->retired[i]);
  sb_program_destroy(wiring->source_program);
  free(wiring);
}
