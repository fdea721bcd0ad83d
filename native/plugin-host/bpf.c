/* SPDX-License-Identifier: Apache-2.0 */
#include "bpf.h"

#include <errno.h>
#include <linux/audit.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

static void step(sb_bpf *program, uint16_t code, uint32_t operand, uint8_t if_true, uint8_t if_false) {
  if (program->count < SB_BPF_STEPS)
    program->steps[program->count] = (struct sock_filter){code, if_true, if_false, operand};
  program->count++;
}

void sb_bpf_load(sb_bpf *program, size_t offset) { step(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0); }

/* Little-endian on both architectures. */
void sb_bpf_load_argument(sb_bpf *program, int index) {
  sb_bpf_load(program, offsetof(struct seccomp_data, args[index]));
}

void sb_bpf_answer(sb_bpf *program, uint32_t action) { step(program, BPF_RET | BPF_K, action, 0, 0); }

void sb_bpf_if_equal(sb_bpf *program, uint32_t value, uint32_t action) {
  step(program, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
  sb_bpf_answer(program, action);
}

void sb_bpf_if_other(sb_bpf *program, uint32_t value, uint32_t action) {
  step(program, BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
  sb_bpf_answer(program, action);
}

void sb_bpf_if_any_bit(sb_bpf *program, uint32_t bits, uint32_t action) {
  step(program, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
  sb_bpf_answer(program, action);
}

void sb_bpf_begin(sb_bpf *program) {
  program->count = 0;
  sb_bpf_load(program, offsetof(struct seccomp_data, arch));
  sb_bpf_if_other(program, THIS_ARCHITECTURE, SECCOMP_RET_KILL_PROCESS);
  sb_bpf_load(program, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
  sb_bpf_if_any_bit(program, 0x40000000, SECCOMP_RET_KILL_PROCESS); /* __X32_SYSCALL_BIT */
#endif
}

void sb_bpf_begin_call(sb_bpf *program, int number) {
  program->call = program->count;
  step(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 0);
}

void sb_bpf_end_call(sb_bpf *program) {
  const size_t distance = program->count - program->call - 1;
  if (distance > UINT8_MAX) program->count = SB_BPF_STEPS + 1; /* farther than a jump goes */
  if (program->count <= SB_BPF_STEPS) program->steps[program->call].jf = (uint8_t)distance;
}

bool sb_bpf_install(sb_bpf *program, uint32_t otherwise) {
  sb_bpf_answer(program, otherwise);
  if (program->count > SB_BPF_STEPS) return errno = E2BIG, false;
  const struct sock_fprog code = {.len = (unsigned short)program->count, .filter = program->steps};
  const long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &code);
  if (result > 0) errno = EBUSY; /* a thread has filters of its own */
  return result == 0;
}

bool sb_bpf_is_available(void) {
  const uint32_t trap = SECCOMP_RET_TRAP;
  return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &trap) == 0;
}
