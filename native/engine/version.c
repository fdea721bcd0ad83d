/* SPDX-License-Identifier: Apache-2.0 */
#include <stagebox_engine.h>

#include "isa.h"
#include "ticks.h"

#ifndef SB_VERSION
#define SB_VERSION "0.1.0"
#endif

const char *sb_version(void) { return SB_VERSION; }

const char *sb_simd(void) { return sb_isa_name(sb_isa_current()); }

int64_t sb_now_ns(void) { return sb_clock_now_ns(); }
