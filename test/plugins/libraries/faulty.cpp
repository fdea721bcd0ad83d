/* SPDX-License-Identifier: Apache-2.0
 *
 * A stage that goes wrong in the way and at the place that its parameters name, and otherwise counts its blocks: the
 * output is the count, which is also its state.
 */
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fenv.h>
#include <stagebox/stagebox.h>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

namespace {

enum { FAULT, PLACE, AT_BLOCK, LIVE, PARAMS };
enum { NONE, SEGV, FPE, ILL, BUS, ABORT, THROW, STACK, HANG, SLEEP, ROUND };
enum { CREATE, ACTIVATE, PROCESS, SET, SAVE, LOAD, DEACTIVATE, DESTROY };

const char *const faults[] = {"none", "segv", "fpe", "ill", "bus", "abort", "throw", "stack", "hang", "sleep", "round", nullptr};
const char *const places[] = {"create", "activate", "process", "set", "save", "load", "deactivate", "destroy", nullptr};

struct faulty {
  double fault, place, at_block, live;
  uint32_t count;
};

int dive(int depth) {
  volatile char room[4096];
  room[depth % 4096] = 1;
  return dive(depth + 1) + room[0];
}

void trap() {
#if defined(__aarch64__)
  __asm__ volatile("udf #0"); /* __builtin_trap is a breakpoint here */
#else
  __builtin_trap();
#endif
}

void go_wrong(const faulty *self, int place) {
  if ((int)self->place != place || (place == PROCESS && self->count != (uint32_t)self->at_block)) return;
  switch ((int)self->fault) {
    case SEGV: *(volatile int *)0x10 = 1; break;
    case FPE: raise(SIGFPE); break;
    case ILL: trap(); break;
    case BUS: {
      char name[] = "/tmp/stagebox-bus-XXXXXX";
      const int file = mkstemp(name);
      unlink(name);
      *(volatile char *)mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) = 1;
      break;
    }
    case ABORT: abort();
    case THROW: throw std::runtime_error("nobody catches this");
    case STACK: dive(1); break;
    case HANG:
      for (volatile unsigned i = 0;; i = i + 1) {}
    case SLEEP:
      for (;;) sleep(1);
    case ROUND: fesetround(FE_UPWARD); break;
    default: break;
  }
}

sb_status create(const sb_host *host, const sb_value *values, void **out) {
  faulty *self = new faulty{values[FAULT].number, values[PLACE].number, values[AT_BLOCK].number, values[LIVE].number, 0};
  go_wrong(self, CREATE);
  if (values[LIVE].number == 13) return host->fail(host, SB_INVALID, "live: 13 is not wanted");
  *out = self;
  return SB_OK;
}

sb_status activate(void *self, const sb_host *, const sb_format *, sb_format *) {
  go_wrong((faulty *)self, ACTIVATE);
  return SB_OK;
}

sb_status process(void *instance, const sb_block *in, sb_block *out) {
  faulty *self = (faulty *)instance;
  self->count++;
  go_wrong(self, PROCESS);
  for (uint32_t i = 0; i < in->frames * in->stride; i++) out->data[i] = (float)(self->count + self->live);
  return SB_OK;
}

void set(void *self, uint32_t param, const sb_value *value) {
  if (param == LIVE) ((faulty *)self)->live = value->number;
  go_wrong((faulty *)self, SET);
}

void deactivate(void *self) { go_wrong((faulty *)self, DEACTIVATE); }

void destroy(void *self) {
  go_wrong((faulty *)self, DESTROY);
  delete (faulty *)self;
}

uint32_t state_bytes(const void *) { return sizeof(uint32_t); }

void save(const void *self, void *out) {
  go_wrong((const faulty *)self, SAVE);
  memcpy(out, &((const faulty *)self)->count, sizeof(uint32_t));
}

sb_status load(void *self, const void *bytes, uint32_t count) {
  go_wrong((faulty *)self, LOAD);
  if (count != sizeof(uint32_t)) return SB_INVALID;
  memcpy(&((faulty *)self)->count, bytes, count);
  return SB_OK;
}

const void *extension(const char *id) {
  static const sb_ext_state state = {state_bytes, save, load};
  return strcmp(id, SB_EXT_STATE) == 0 ? &state : nullptr;
}

const sb_param params[PARAMS] = {
    {"fault", SB_PARAM_CHOICE, 0, "", 0, 0, "none", faults, "What goes wrong."},
    {"place", SB_PARAM_CHOICE, 0, "", 0, 0, "process", places, "Where."},
    {"at_block", SB_PARAM_INTEGER, 0, "", 0, 1e9, "1", nullptr, "In which block, if it is process."},
    {"live", SB_PARAM_NUMBER, SB_PARAM_LIVE, "", 0, 0, "0", nullptr, "Is added to the count."},
};

const sb_stage_class faulty_class = {sizeof(sb_stage_class), 0,      "faulty", "Faulty", "utility",  "Goes wrong.", SB_PORT_SIGNAL, SB_PORT_SIGNAL, params,
                                     PARAMS,                 0,      create,   activate, process,    set,           deactivate,     destroy,        extension};

}  // namespace

SB_PLUGIN

sb_status stagebox_register(const sb_host *, const sb_registrar *registrar) { return registrar->add_stage(registrar, &faulty_class); }
