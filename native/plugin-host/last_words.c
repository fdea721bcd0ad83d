/* SPDX-License-Identifier: Apache-2.0 */
#include "last_words.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "process.h"

/* What failed may have been large: memory counts as used up when an eighth of it is not to be had. */
static size_t probe_bytes;

static void explain(int number) {
  if (mmap(NULL, probe_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
    _exit(SB_EXIT_MEMORY);
  raise(number); /* the handler is gone: this ends it once the handler returns */
}

static void watch(const int *signals, size_t count, uint32_t memory_mb) {
  const struct sigaction action = {.sa_handler = explain, .sa_flags = (int)(SA_RESETHAND | SA_ONSTACK)};
  probe_bytes = ((size_t)memory_mb << 20) / 8;
  for (size_t i = 0; i < count; i++) sigaction(signals[i], &action, NULL);
}

void sb_last_words_prepare(uint32_t memory_mb) {
  static const int fatal[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};
  static char memory[16384]; /* a stack that has overflowed can hold no handler */
  const stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
  sigaltstack(&stack, NULL);
  watch(fatal, sizeof fatal / sizeof *fatal, memory_mb);
}

void sb_last_words_of_abort(uint32_t memory_mb) { watch((const int[]){SIGABRT}, 1, memory_mb); }
