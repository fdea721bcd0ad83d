/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "place.h"
#include "trial.h"

enum { MOST = 64, ALIGNMENT = 64, SLACK_BYTE = 0xa5 };

typedef struct region {
  const char *name;
  uint8_t *map, *data;      /* the first forbidden page, the memory */
  size_t map_bytes, bytes, page;
  bool read_only;
} region;

static region regions[MOST];
static int region_count;

static region *region_of(const void *guarded) {
  for (int i = 0; i < region_count; i++)
    if (regions[i].data == guarded) return &regions[i];
  return NULL;
}

void *fault_guarded(const char *name, size_t bytes, fault_edge edge) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), inner = (bytes + page - 1) / page * page + (bytes == 0 ? page : 0);
  uint8_t *map = mmap(NULL, inner + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED || region_count == MOST || mprotect(map + page, inner, PROT_READ | PROT_WRITE) != 0)
    trial_fail(OUT_OF_MEMORY);
  const size_t used = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  uint8_t *data = edge == FAULT_BEFORE ? map + page : map + page + inner - used;
  regions[region_count++] = (region){name, map, data, inner + 2 * page, bytes, page, false};
  memset(data + bytes, SLACK_BYTE, used - bytes);
  return data;
}

void fault_release(void *guarded) {
  region *r = region_of(guarded);
  if (!r) return;
  munmap(r->map, r->map_bytes);
  *r = regions[--region_count];
}

void fault_set_read_only(void *guarded, bool read_only) {
  region *r = region_of(guarded);
  if (!r || r->read_only == read_only) return;
  r->read_only = read_only;
  mprotect(r->map + r->page, r->map_bytes - 2 * r->page, read_only ? PROT_READ : PROT_READ | PROT_WRITE);
}

bool fault_slack_stands(const void *guarded) {
  const region *r = region_of(guarded);
  for (size_t i = r->bytes; i % ALIGNMENT != 0; i++)
    if (r->data[i] != SLACK_BYTE) return false;
  return true;
}

typedef enum access_kind { ACCESS_UNKNOWN, ACCESS_READ, ACCESS_WRITE } access_kind;

static access_kind access_of(const ucontext_t *context) {
#if defined(__x86_64__)
  return context->uc_mcontext.gregs[REG_ERR] & 2 ? ACCESS_WRITE : ACCESS_READ;
#elif defined(__aarch64__)
  /* The exception's syndrome lies among the records behind the registers. */
  enum { SYNDROME_WRITES = 1 << 6 };
  const uint8_t *at = context->uc_mcontext.__reserved, *end = at + sizeof context->uc_mcontext.__reserved;
  while (at + 16 <= end) {
    uint32_t head[2];
    uint64_t syndrome;
    memcpy(head, at, sizeof head), memcpy(&syndrome, at + 8, sizeof syndrome);
    if (head[0] == ESR_MAGIC) return syndrome & SYNDROME_WRITES ? ACCESS_WRITE : ACCESS_READ;
    if (head[0] == 0 || head[1] < 8) break;
    at += head[1];
  }
#endif
  (void)context;
  return ACCESS_UNKNOWN;
}

static const char *explain_address(const uint8_t *address, access_kind how) {
  static char words[200];
  const char *verb = how == ACCESS_WRITE ? "writes" : how == ACCESS_READ ? "reads" : "reaches";
  for (int i = 0; i < region_count; i++) {
    const region *r = &regions[i];
    if (address < r->map || address >= r->map + r->map_bytes) continue;
    if (address < r->data)
      snprintf(words, sizeof words, "%s before its %s, %td bytes", verb, r->name, r->data - address);
    else if (address >= r->data + r->bytes)
      snprintf(words, sizeof words, "%s beyond its %s, %td bytes behind its end", verb, r->name, address - (r->data + r->bytes));
    else
      snprintf(words, sizeof words, "writes into its %s, which is not its own", r->name);
    return words;
  }
  return NULL;
}

static void *library;
void fault_set_library(void *handle) { library = handle; }

/* The mangled name of its type, from the C++ runtime that the library brought along. */
static const char *uncaught_exception(void) {
  const void *(*current)(void);
  *(void **)&current = library ? dlsym(library, "__cxa_current_exception_type") : NULL;
  const char *const *type = current ? current() : NULL; /* std::type_info: its table of functions, then its name */
  return type ? type[1] : NULL;
}

static void explain(int number, siginfo_t *info, void *context) {
  static volatile sig_atomic_t explained;
  const char *phase = trial_verdict->phase;
  if (explained++ || trial_verdict->done) _exit(1);
  trial_verdict->crashed = true;
  const bool memory = number == SIGSEGV || number == SIGBUS;
  const char *relation = memory && info->si_code > 0 ? explain_address(info->si_addr, access_of(context)) : NULL;
  char where[160];
  place_describe(where, sizeof where, place_of_context(context));
  const char *in = phase ? phase : "a call of the checker's own";
  if (relation) trial_fail("%s, in %s%s", relation, in, where);
  if (memory) trial_fail("crashes in %s%s: %s at address %p", in, where, strsignal(number), info->si_addr);
  if (number != SIGABRT) trial_fail("crashes in %s%s: %s", in, where, strsignal(number));
  const char *exception = uncaught_exception();
  if (exception) trial_fail("throws a C++ exception (%s) in %s that nobody catches", exception, in);
  trial_fail("aborts in %s: abort(), a failed assertion, or a broken heap", in);
}

void fault_explain_signals(void) {
  static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
  static uint8_t stack[64 * 1024];
  sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
  struct sigaction action = {.sa_sigaction = explain, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaction(numbers[i], &action, NULL);
}
