/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "isa.h"

TEST(isa_limit_lowers_the_level_and_never_raises_it) {
  sb_isa best = sb_isa_current();
  sb_isa_limit(SB_ISA_128);
  CHECK_EQUAL(sb_isa_current(), SB_ISA_128);
  sb_isa_limit(SB_ISA_512);
  CHECK(sb_isa_current() >= best);
}
