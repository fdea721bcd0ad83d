/* SPDX-License-Identifier: Apache-2.0
 *
 * A library that tests open. What is wrong with it is said when it is compiled:
 *
 *     -DWITNESS="/path"      its constructor writes this file: none of a refused library may run
 *     -DNOTE_VERSION=...     the note's ABI version, and -DSAYS_VERSION what it says when asked
 *     -DNOTE_LAYOUT=...      the note's layout hash
 *     -DNO_NOTE, -DNO_REGISTER, -DNOTHING, -DMISSING_SYMBOL
 *     -DIN_CONSTRUCTOR=code, -DIN_DESTRUCTOR=code, -DIN_REGISTER=code
 *     -DVERSION=2            another build of it
 */
#include <fcntl.h>
#include <stagebox/stagebox.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef VERSION
#define VERSION 1
#endif

typedef struct subject {
  double count;
} subject;

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  (void)values;
  *self = calloc(1, sizeof(subject));
  return *self ? SB_OK : host->fail(host, SB_NO_MEMORY, "out of memory");
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)self, (void)host, (void)in, (void)out;
  return SB_OK;
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  (void)self;
  for (size_t i = 0; i < (size_t)in->frames * in->stride; i++) out->data[i] = in->data[i] + VERSION;
  return SB_OK;
}

static void deactivate(void *self) { (void)self; }

const sb_stage_class subject_class = {
    .size = sizeof(sb_stage_class),
    .type = "subject",
    .name = "Subject",
    .category = "utility",
    .description = "Adds the number of its version.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_SIGNAL,
    .create = create,
    .activate = activate,
    .process = process,
    .deactivate = deactivate,
    .destroy = free,
};

#ifdef WITNESS
__attribute__((constructor)) static void leave_a_trace(void) { close(open(WITNESS, O_CREAT | O_WRONLY, 0600)); }
#endif
#ifdef IN_CONSTRUCTOR
__attribute__((constructor)) static void construct(void) { IN_CONSTRUCTOR; }
#endif
#ifdef IN_DESTRUCTOR
__attribute__((destructor)) static void destruct(void) { IN_DESTRUCTOR; }
#endif

#if !defined(NO_NOTE) && !defined(NOTE_VERSION) && !defined(NOTE_LAYOUT)
SB_PLUGIN
#else
#ifndef NOTE_VERSION
#define NOTE_VERSION SB_ABI_VERSION
#endif
#ifndef NOTE_LAYOUT
#define NOTE_LAYOUT SB_ABI_LAYOUT
#endif
#ifndef SAYS_VERSION
#define SAYS_VERSION NOTE_VERSION
#endif
#ifndef NO_NOTE
__attribute__((used, aligned(4), section(".note.stagebox"))) static const sb_note note = {
    9, 12, SB_NOTE_TYPE, "Stagebox", NOTE_VERSION, (uint32_t)(NOTE_LAYOUT), (uint32_t)((uint64_t)(NOTE_LAYOUT) >> 32)};
#endif
uint32_t stagebox_abi_version(void) { return SAYS_VERSION; }
#endif

#ifdef MISSING_SYMBOL
void that_nobody_has(void);
#endif

#ifdef NO_REGISTER
#define stagebox_register register_under_another_name
SB_PLUGIN_EXPORT sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar);
#endif
sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  (void)host;
#ifdef MISSING_SYMBOL
  that_nobody_has();
#endif
#ifdef IN_REGISTER
  IN_REGISTER;
#endif
#ifdef NOTHING
  return SB_OK;
#endif
  return registrar->add_stage(registrar, &subject_class);
}
