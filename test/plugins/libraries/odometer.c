/* SPDX-License-Identifier: Apache-2.0
 *
 * A stage for tests of the manager. Its first channel counts the frames it has seen in its life, so that a frame or a
 * state that is lost shows; the others are BUILD. What it does wrong is said when it is compiled.
 */
#include <pthread.h>
#include <signal.h>
#include <stagebox/stagebox.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifndef BUILD
#define BUILD 1
#endif
#ifndef TYPE
#define TYPE "odometer"
#endif
#ifndef OUTPUT
#define OUTPUT SB_PORT_SIGNAL
#endif

#ifdef ABI
#undef SB_ABI_MAJOR
#define SB_ABI_MAJOR ABI
#endif

SB_PLUGIN

#ifdef FALLS
__attribute__((constructor)) static void fall(void) { raise(SIGSEGV); }
#endif
#ifdef STUCK
__attribute__((constructor)) static void stick(void) {
  for (;;) pause();
}
#endif

typedef struct odometer {
  double crash_at;
  float count;
} odometer;

static const sb_param params[] = {
    {.id = "crash_at", .kind = SB_PARAM_INTEGER, .flags = SB_PARAM_LIVE, .minimum = 0, .maximum = 1e9, .fallback = "0",
     .description = "Falls over at that count; 0: never."},
#ifdef MORE_PARAMS
    {.id = "more", .kind = SB_PARAM_NUMBER, .minimum = 0, .maximum = 10, .fallback = "3", .description = "New in this build."},
#endif
};

static void set(void *self, uint32_t param, const sb_value *value) {
  if (param == 0) ((odometer *)self)->crash_at = value->number;
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  odometer *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  set(stage, 0, &values[0]);
  *self = stage;
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)self, (void)in, (void)out;
#ifdef VALUES
  out->values = VALUES;
#endif
#ifdef REFUSES
  return host->fail(host, SB_INVALID, "this build takes no signal");
#else
  (void)host;
  return SB_OK;
#endif
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  odometer *stage = self;
#ifdef CRASHES
  raise(SIGSEGV);
#endif
  for (uint32_t frame = 0; frame < in->frames; frame++) {
    float *row = out->data + (size_t)frame * in->stride;
    for (uint32_t i = 0; i < in->channels; i++) row[i] = BUILD;
#ifndef STILL
    row[0] = stage->count++;
#endif
    if (stage->crash_at > 0 && stage->count >= stage->crash_at) raise(SIGSEGV);
  }
  return SB_OK;
}

static void deactivate(void *self) { (void)self; }

static uint32_t state_bytes(const void *self) {
  (void)self;
  return sizeof(float);
}

static void state_save(const void *self, void *out) { memcpy(out, &((const odometer *)self)->count, sizeof(float)); }

static sb_status state_load(void *self, const void *bytes, uint32_t count) {
  if (count != sizeof(float)) return SB_INVALID;
  memcpy(&((odometer *)self)->count, bytes, sizeof(float));
  return SB_OK;
}

static const void *extension(const char *id) {
  static const sb_ext_state state = {state_bytes, state_save, state_load};
  return strcmp(id, SB_EXT_STATE) == 0 ? &state : NULL;
}

#ifdef SABOTAGES
/* Where it is not shut in, the process that it is in comes to an end: at once, or a moment later by a thread of its own,
 * which no guard stands around. */
static void *end_later(void *nothing) {
  usleep(300000);
  kill(getpid(), SIGKILL);
  return nothing;
}

static void sabotage(void) {
  pthread_t thread;
  if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0) return;
  if (SABOTAGES == 1) kill(getpid(), SIGKILL);
  else pthread_create(&thread, NULL, end_later, NULL);
}
#endif

static const sb_stage_class odometer_class = {
    .size = sizeof(sb_stage_class),
    .type = TYPE,
    .name = "Odometer",
    .category = "utility",
    .description = "Counts frames.",
    .input = SB_PORT_SIGNAL,
    .output = OUTPUT,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
    .activate = activate,
    .process = process,
    .set = set,
    .deactivate = deactivate,
    .destroy = free,
    .extension = extension,
};

sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  (void)host;
  fprintf(stderr, "build %d registers\n", BUILD);
#ifdef SABOTAGES
  sabotage();
#endif
#ifdef HANGS
  for (;;) pause();
#endif
  return registrar->add_stage(registrar, &odometer_class);
}
