/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STAGEBOX_TEST_LEVELS_H
#define STAGEBOX_TEST_LEVELS_H

#include "isa.h"

/* Runs a check with the kernels of every instruction set that this machine has. */
static inline void at_every_level(void (*check)(void)) {
  for (int level = SB_ISA_128; level <= SB_ISA_512; level++) {
    sb_isa_limit((sb_isa)level);
    if (sb_isa_current() == (sb_isa)level) check();
  }
  sb_isa_limit(SB_ISA_512);
}

#endif
