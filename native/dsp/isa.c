/* SPDX-License-Identifier: Apache-2.0 */
#include "isa.h"

#include <stdatomic.h>
#include <stdlib.h>

static _Atomic int current = -1;

static sb_isa detect(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return SB_ISA_512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return SB_ISA_256;
#endif
  return SB_ISA_128;
}

void sb_isa_limit(sb_isa limit) {
  sb_isa best = detect();
  atomic_store_explicit(&current, (int)(best < limit ? best : limit), memory_order_relaxed);
}

sb_isa sb_isa_current(void) {
  int isa = atomic_load_explicit(&current, memory_order_relaxed);
  if (isa >= 0) return (sb_isa)isa;
  const char *wish = getenv("STAGEBOX_ISA");
  int bits = wish ? atoi(wish) : 512;
  sb_isa_limit(bits >= 512 ? SB_ISA_512 : bits >= 256 ? SB_ISA_256 : SB_ISA_128);
  return (sb_isa)atomic_load_explicit(&current, memory_order_relaxed);
}

const char *sb_isa_name(sb_isa isa) {
#if defined(__x86_64__)
  return isa == SB_ISA_512 ? "avx512" : isa == SB_ISA_256 ? "avx2" : "sse4.2";
#else
  (void)isa;
  return "neon";
#endif
}
