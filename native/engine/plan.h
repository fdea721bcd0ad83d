/* SPDX-License-Identifier: Apache-2.0
 *
 * What the control plane decided: which node runs after which, in which group, and where taps sit. Plain data; wiring
 * (wiring.h) turns it into programs.
 */
#ifndef STAGEBOX_PLAN_H
#define STAGEBOX_PLAN_H

#include <stagebox_engine.h>

#include "group.h"

enum { SB_PLAN_MAX_GROUPS = 32, SB_PLAN_MAX_STEPS = 512, SB_PLAN_MAX_TAPS = 256 };

typedef struct sb_plan_group {
  char name[SB_GROUP_NAME_BYTES];
  int core;
  sb_node *entry; /* the node outside the group whose output it takes */
} sb_plan_group;

typedef struct sb_plan_step {
  sb_node *node, *upstream;
  uint32_t group;
} sb_plan_step;

typedef struct sb_plan_tap {
  sb_tap *tap;
  sb_node *upstream;
} sb_plan_tap;

typedef struct sb_plan_heir {
  sb_node *from, *to;
} sb_plan_heir;

typedef struct sb_wiring sb_wiring;

struct sb_plan {
  sb_plan_group groups[SB_PLAN_MAX_GROUPS];
  sb_plan_step steps[SB_PLAN_MAX_STEPS];
  sb_plan_tap taps[SB_PLAN_MAX_TAPS];
  sb_plan_heir heirs[SB_PLAN_MAX_STEPS];
  uint32_t group_count, step_count, tap_count, heir_count;
  sb_wiring *wiring; /* made by the first attempt to swap the plan in ... */
  int64_t tried_ns;  /* ... at this time */
};

#endif
