/* SPDX-License-Identifier: Apache-2.0
 *
 * The fault guard: calls into a plugin's code, from which a fault (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, or abort,
 * in which an uncaught C++ exception ends too) leads back instead of ending the box, and which can be ended when they
 * hang.
 *
 * The handlers act only on a thread that is within such a call at that moment. Any other fault goes to whoever handled
 * it before, as if these were not there: JavaScriptCore has handlers of its own. What the interrupted code held is lost
 * (its memory, its locks), so what fell over is not called again, and its library stays loaded.
 */
#ifndef STAGEBOX_FAULT_H
#define STAGEBOX_FAULT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Guarded calls of one instance, one at a time, as its watch sees them. */
typedef struct sb_calls {
  _Atomic uint64_t count;  /* odd while within one */
  _Atomic uint64_t doomed; /* the count of the one that is to be ended */
  _Atomic int32_t thread;  /* the kernel's id of the thread that makes it */
} sb_calls;

typedef struct sb_fault {
  int signal;        /* 0: it hung, and was ended */
  uintptr_t address; /* that it could not reach, or of the instruction */
  bool is_overflow;  /* it ran out of stack */
} sb_fault;

/* Calls body(argument). False if it did not return: why is in *fault. It may take `limit_s` seconds (0: until
 * sb_fault_end says so). The thread's first call readies the thread, for which it makes some system calls.
 * [any, rt where limit_s is 0] */
bool sb_fault_run(sb_calls *calls, void (*body)(void *), void *argument, double limit_s, sb_fault *fault);

/* Ends the call that had this count, wherever it is; nothing if it has returned meanwhile. [any] */
void sb_fault_end(sb_calls *calls, uint64_t count);

/* "SIGSEGV at address 0x10" */
void sb_fault_describe(const sb_fault *fault, char *words, size_t room);

#endif
