/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "saved_state.h"

static uint32_t bytes_of(const void *self) { return *(const uint32_t *)self; }

TEST(saved_state_is_kept_up_to_its_limit) {
  const sb_ext_state state = {.bytes = bytes_of};
  const uint32_t few = 12, most = 16 << 20, too_many = most + 1;
  CHECK_EQUAL(sb_saved_state_bytes(NULL, &few), 0);
  CHECK_EQUAL(sb_saved_state_bytes(&state, &few), 12);
  CHECK_EQUAL(sb_saved_state_bytes(&state, &most), most);
  CHECK_EQUAL(sb_saved_state_bytes(&state, &too_many), 0);
}
