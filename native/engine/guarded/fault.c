/* SPDX-License-Identifier: Apache-2.0
 *
 * The way back is longjmp: out of the handler, over the plugin's frames, to the call. Signal masks are not saved on the
 * way in, which would be a system call; the mask of the interrupted code is in the handler's context.
 */
#include "fault.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "ticks.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum { SIGNAL_STACK_BYTES = 1 << 16, NEAR_STACK_BYTES = 1 << 16, RETRY_NS = 200000000 };

typedef struct scope {
  jmp_buf home;
  struct scope *outer;
  sb_calls *calls;
  int64_t end_ns;       /* 0: no limit */
  uint64_t fp_control;  /* rounding, and denormals as zero: a handler starts with the system's */
  sb_fault fault;
  uint64_t signal_mask; /* of the interrupted code, as the kernel has it */
} scope;

/* In the static block, since reading any other thread-local may take memory the first time, which a handler
 * must not. */
#define THREAD_LOCAL static _Thread_local __attribute__((tls_model("initial-exec")))
THREAD_LOCAL scope *armed;
THREAD_LOCAL int32_t thread_id; /* 0: the thread is not ready */

static const int fault_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT};
enum { FAULT_SIGNALS = sizeof fault_signals / sizeof *fault_signals };
static struct sigaction handled_before[FAULT_SIGNALS];
static int end_signal; /* ends a call that hangs */
static pthread_key_t stack_key;

static inline uint64_t fp_control(void) {
#if defined(__x86_64__)
  uint16_t x87; /* libc asks this one how to round */
  __asm__ volatile("fnstcw %0" : "=m"(x87));
  return (uint64_t)x87 << 32 | (__builtin_ia32_stmxcsr() & 0xFFC0u); /* without the flags of what has happened */
#elif defined(__aarch64__)
  uint64_t control;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  return control;
#endif
}

static inline void set_fp_control(uint64_t control) {
#if defined(__x86_64__)
  const uint16_t x87 = (uint16_t)(control >> 32);
  __asm__ volatile("fldcw %0" ::"m"(x87));
  __builtin_ia32_ldmxcsr((uint32_t)control);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" ::"r"(control));
#endif
}

static uintptr_t stack_pointer(const ucontext_t *context) {
#if defined(__x86_64__)
  return (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
  return (uintptr_t)context->uc_mcontext.sp;
#endif
}

static _Noreturn void go_home(scope *to, const ucontext_t *context) {
  armed = to->outer;
  memcpy(&to->signal_mask, &context->uc_sigmask, sizeof to->signal_mask);
  longjmp(to->home, 1);
}

/* As the system would have called it, had it been the only one. */
static void hand_on(const struct sigaction *before, int signal, siginfo_t *info, void *context) {
  const bool is_sent = info->si_code <= 0; /* by a process; otherwise by the instruction, which comes again */
  if (!(before->sa_flags & SA_SIGINFO) && before->sa_handler == SIG_IGN && is_sent) return;
  if (!(before->sa_flags & SA_SIGINFO) && (before->sa_handler == SIG_DFL || before->sa_handler == SIG_IGN)) {
    sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    if (is_sent) raise(signal);
    return;
  }
  sigset_t blocked = before->sa_mask;
  if (!(before->sa_flags & SA_NODEFER)) sigaddset(&blocked, signal);
  pthread_sigmask(SIG_BLOCK, &blocked, NULL);
  if (before->sa_flags & SA_SIGINFO)
    before->sa_sigaction(signal, info, context);
  else
    before->sa_handler(signal);
}

static void on_fault(int signal, siginfo_t *info, void *context) {
  scope *at = armed;
  const bool is_own = info->si_code > 0 || (info->si_code == SI_TKILL && info->si_pid == getpid());
  if (at && is_own) {
    const uintptr_t address = signal == SIGABRT ? 0 : (uintptr_t)info->si_addr, stack = stack_pointer(context);
    at->fault = (sb_fault){
        .signal = signal,
        .address = address,
        .is_overflow = signal == SIGSEGV && address + NEAR_STACK_BYTES > stack && address < stack + NEAR_STACK_BYTES};
    go_home(at, context);
  }
  for (int i = 0; i < FAULT_SIGNALS; i++)
    if (fault_signals[i] == signal) hand_on(&handled_before[i], signal, info, context);
}

static void on_end(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  scope *at = armed;
  if (!at) return;
  const bool is_doomed = atomic_load(&at->calls->doomed) == atomic_load(&at->calls->count);
  if (!is_doomed && !(at->end_ns && sb_clock_now_ns() >= at->end_ns)) return;
  at->fault = (sb_fault){0};
  go_home(at, context);
}

static void free_signal_stack(void *stack) {
  sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
  munmap(stack, SIGNAL_STACK_BYTES);
}

static void install(void) {
  struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER, .sa_sigaction = on_end}, before;
  pthread_key_create(&stack_key, free_signal_stack);
  /* One that nobody has taken, away from both ends, which libraries and emulators like. */
  for (end_signal = SIGRTMIN + 8; end_signal < SIGRTMAX; end_signal++)
    if (sigaction(end_signal, NULL, &before) == 0 && !(before.sa_flags & SA_SIGINFO) && before.sa_handler == SIG_DFL)
      break;
  sigaction(end_signal, &action, NULL);
  action.sa_sigaction = on_fault;
  for (int i = 0; i < FAULT_SIGNALS; i++) {
    sigaction(fault_signals[i], NULL, &handled_before[i]);
    sigaction(fault_signals[i], &action, NULL);
  }
}

/* Handlers, a stack for them, since the thread's own may be what has run out, and no signal of theirs blocked. */
static __attribute__((noinline)) void ready_thread(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
  stack_t stack;
  if (sigaltstack(NULL, &stack) == 0 && stack.ss_flags & SS_DISABLE) {
    stack = (stack_t){.ss_sp = mmap(NULL, SIGNAL_STACK_BYTES, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0),
                      .ss_size = SIGNAL_STACK_BYTES};
    if (stack.ss_sp != MAP_FAILED && sigaltstack(&stack, NULL) == 0) pthread_setspecific(stack_key, stack.ss_sp);
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, end_signal);
  for (int i = 0; i < FAULT_SIGNALS; i++) sigaddset(&signals, fault_signals[i]);
  pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
  thread_id = (int32_t)syscall(SYS_gettid);
}

static void unblock(uint64_t mask) {
  sigset_t signals;
  sigemptyset(&signals);
  memcpy(&signals, &mask, sizeof mask);
  pthread_sigmask(SIG_SETMASK, &signals, NULL);
}

/* A timer that sends this thread the signal, again and again, should the first be blocked. */
static bool start_timer(double limit_s, timer_t *timer) {
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = end_signal};
  event.sigev_notify_thread_id = thread_id;
  const int64_t ns = (int64_t)(limit_s * 1e9);
  const struct itimerspec times = {.it_value = {ns / 1000000000, ns % 1000000000}, .it_interval = {0, RETRY_NS}};
  return timer_create(CLOCK_MONOTONIC, &event, timer) == 0 && timer_settime(*timer, 0, &times, NULL) == 0;
}

/* Not inlined: a function that calls setjmp keeps nothing in registers. */
static __attribute__((noinline)) bool call(scope *to, void (*body)(void *), void *argument) {
  if (_setjmp(to->home) != 0) return false;
  armed = to;
  atomic_signal_fence(memory_order_seq_cst);
  body(argument);
  atomic_signal_fence(memory_order_seq_cst);
  armed = to->outer;
  return true;
}

bool sb_fault_run(sb_calls *calls, void (*body)(void *), void *argument, double limit_s, sb_fault *fault) {
  if (!thread_id) ready_thread();
  scope here;
  here.outer = armed;
  here.calls = calls;
  here.fp_control = fp_control();
  here.end_ns = limit_s > 0 ? sb_clock_now_ns() + (int64_t)(limit_s * 1e9) : 0;
  timer_t timer;
  const bool is_timed = limit_s > 0 && start_timer(limit_s, &timer);
  const uint64_t count = atomic_load_explicit(&calls->count, memory_order_relaxed);
  atomic_store_explicit(&calls->thread, thread_id, memory_order_relaxed);
  atomic_store_explicit(&calls->count, count + 1, memory_order_release);
  const bool returned = call(&here, body, argument);
  atomic_store_explicit(&calls->count, count + 2, memory_order_release);
  if (is_timed) timer_delete(timer);
  if (fp_control() != here.fp_control) set_fp_control(here.fp_control);
  if (returned) return true;
  unblock(here.signal_mask);
  *fault = here.fault;
  return false;
}

void sb_fault_end(sb_calls *calls, uint64_t count) {
  atomic_store(&calls->doomed, count);
  if (atomic_load(&calls->count) == count) syscall(SYS_tgkill, getpid(), atomic_load(&calls->thread), end_signal);
}

void sb_fault_describe(const sb_fault *fault, char *words, size_t room) {
  static const struct {
    int signal;
    const char *name;
  } names[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"}, {SIGTRAP, "SIGTRAP"}};
  if (fault->signal == 0) snprintf(words, room, "did not return, and was ended");
  if (fault->signal == SIGABRT) snprintf(words, room, "SIGABRT (abort, or a C++ exception that nobody caught)");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].signal == fault->signal)
      snprintf(words, room, "%s at address %#llx%s", names[i].name, (unsigned long long)fault->address,
               fault->is_overflow ? " (out of stack)" : "");
}
