/* SPDX-License-Identifier: Apache-2.0
 *
 * Which instruction set the kernels use. A file named *.simd.c is compiled once for every level, with SB_ISA set,
 * and names its functions through SB_ISA_NAME; its caller picks one with SB_ISA_PICK. On aarch64 there is one
 * level, NEON.
 *
 *     SB_ISA_DECLARE(void, sb_gain_run, (float *data, size_t count, float gain));
 *     SB_ISA_PICK(sb_gain_run)(data, count, gain);
 */
#ifndef STAGEBOX_DSP_ISA_H
#define STAGEBOX_DSP_ISA_H

typedef enum sb_isa {
  SB_ISA_128 = 0, /* x86-64-v2 (SSE4.2), or NEON */
  SB_ISA_256 = 1, /* x86-64-v3 (AVX2, FMA) */
  SB_ISA_512 = 2, /* x86-64-v4 (AVX-512 F, BW, DQ, VL) */
} sb_isa;

/* The best level of this machine, or the limit if that is lower. [any] */
sb_isa sb_isa_current(void);

/* Uses no level above `limit` from now on (tests and benchmarks; STAGEBOX_ISA=128 does it from outside). [control] */
void sb_isa_limit(sb_isa limit);

const char *sb_isa_name(sb_isa isa); /* "sse4.2", "avx2", "avx512", "neon" */

#define SB_ISA_PASTE2(name, level) name##_##level
#define SB_ISA_PASTE(name, level) SB_ISA_PASTE2(name, level)
#define SB_ISA_NAME(name) SB_ISA_PASTE(name, SB_ISA)

#if defined(__x86_64__)
#define SB_ISA_DECLARE(type, name, arguments) \
  type name##_128 arguments;                  \
  type name##_256 arguments;                  \
  type name##_512 arguments
#define SB_ISA_PICK(name) \
  (sb_isa_current() == SB_ISA_512 ? name##_512 : sb_isa_current() == SB_ISA_256 ? name##_256 : name##_128)
#else
#define SB_ISA_DECLARE(type, name, arguments) type name##_128 arguments
#define SB_ISA_PICK(name) (name##_128)
#endif

#endif
