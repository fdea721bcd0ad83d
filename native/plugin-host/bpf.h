/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes seccomp's programs of classic BPF: one list of questions, "is it this call?", each with an answer, behind its
 * arguments in some cases. Numbers of another architecture, or of x32, would mean other calls than they seem to: they
 * kill.
 */
#ifndef STAGEBOX_SANDBOX_BPF_H
#define STAGEBOX_SANDBOX_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SB_BPF_STEPS = 1024 };

typedef struct sb_bpf {
  struct sock_filter steps[SB_BPF_STEPS];
  size_t count; /* beyond SB_BPF_STEPS: it cannot be installed */
  size_t call;  /* the open question's step */
} sb_bpf;

void sb_bpf_begin(sb_bpf *program);
/* The answer to all other calls, and the program into the kernel, for all threads. False: errno says why. */
bool sb_bpf_install(sb_bpf *program, uint32_t otherwise);
/* Whether there is seccomp; if not errno says why. */
bool sb_bpf_is_available(void);

/* Around what is asked about one call; all ways in between must end in an answer (SECCOMP_RET_*). */
void sb_bpf_begin_call(sb_bpf *program, int number);
void sb_bpf_end_call(sb_bpf *program);
void sb_bpf_answer(sb_bpf *program, uint32_t action);

/* A word of struct seccomp_data, which the questions below are about. */
void sb_bpf_load(sb_bpf *program, size_t offset);
void sb_bpf_load_argument(sb_bpf *program, int index); /* its low word */

void sb_bpf_if_equal(sb_bpf *program, uint32_t value, uint32_t action);
void sb_bpf_if_other(sb_bpf *program, uint32_t value, uint32_t action);
void sb_bpf_if_any_bit(sb_bpf *program, uint32_t bits, uint32_t action);

#endif
