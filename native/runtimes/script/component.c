/* SPDX-License-Identifier: Apache-2.0 */
#include "component.h"

#include <stagebox/ext/draft/idle.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "numbered.h"
#include "pack.h"
#include "tell.h"

static const sb_script_calls *calls;
static const sb_param *params; /* of the one instance */
static uint32_t out_port;
static uint8_t *out_bytes;     /* in which the texts of its output's format lie */
static sb_unpack told;
static sb_script_blocks blocks;

/* By number. */
static struct declared {
  const sb_param *params;
  uint32_t param_count, out_port;
} all[SB_ADAPTER_MAX_CLASSES];

void sb_component_set_calls(const sb_script_calls *given) { calls = given; }

const sb_script_blocks *sb_script_where(void) { return &blocks; }

/* Its memory is adapter.ts's, and may move. */
void sb_script_put_format(const void *bytes, uint32_t count) {
  free(out_bytes);
  out_bytes = malloc(count + 1u);
  if (out_bytes) memcpy(out_bytes, bytes, count);
  told = (sb_unpack){.bytes = out_bytes, .count = out_bytes ? count : 0};
}

static sb_status create(uint32_t number, const sb_value *values, void **self) {
  static char instance;
  const struct declared *of = &all[number];
  params = of->params;
  out_port = of->out_port;
  char *text = sb_tell_values(params, of->param_count, values);
  const sb_status status = text ? (sb_status)calls->create(number, text) : sb_error(SB_NO_MEMORY, "out of memory");
  free(text);
  *self = &instance;
  return status;
}

static sb_status activate(const sb_format *in, sb_format *out) {
  char *text = sb_tell_formats(in, out_port, out->max_frames);
  const sb_status status = text ? (sb_status)calls->activate(text) : sb_error(SB_NO_MEMORY, "out of memory");
  free(text);
  if (status != SB_OK || out_port == SB_PORT_NONE) return status;
  sb_unpack_format(&told, out);
  return told.failed ? sb_error(SB_INVALID, "its output is no format") : SB_OK;
}

static sb_status stage_activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)self, (void)host;
  return activate(in, out);
}

static sb_status source_activate(void *self, const sb_host *host, sb_format *out) {
  (void)self, (void)host;
  return activate(NULL, out);
}

/* in->data is out->data never: the class does not say SB_STAGE_IN_PLACE. */
static sb_status process(void *self, const sb_block *in, sb_block *out) {
  (void)self;
  blocks = (sb_script_blocks){*in, *out};
  const sb_status status = (sb_status)calls->process();
  *out = blocks.out;
  return status;
}

static sb_status read_block(void *self, sb_block *out) {
  (void)self;
  blocks.out = *out;
  const sb_status status = (sb_status)calls->process();
  *out = blocks.out;
  return status;
}

static void set(void *self, uint32_t param, const sb_value *value) {
  (void)self;
  char *text = sb_tell_change(&params[param], value);
  if (text) calls->set(text);
  free(text);
}

static void deactivate(void *self) { (void)self; }

static void destroy(void *self) {
  (void)self;
  free(out_bytes);
  out_bytes = NULL;
}

/* ---- extensions ---- */

static uint32_t state_bytes(const void *self) {
  (void)self;
  return calls->state_bytes();
}

static void save(const void *self, void *out) { calls->save(out, state_bytes(self)); }

static sb_status load(void *self, const void *bytes, uint32_t count) {
  (void)self;
  return (sb_status)calls->load(bytes, count);
}

static double latency_s(const void *self) {
  (void)self;
  return calls->latency_s();
}

static void idle(void *self) {
  (void)self;
  calls->idle();
}

static const void *find(const char *id, uint32_t traits) {
  static const sb_ext_state state = {state_bytes, save, load};
  static const sb_ext_latency latency = {latency_s};
  static const sb_ext_idle idling = {idle};
  if (strcmp(id, SB_EXT_IDLE) == 0) return &idling;
  if (traits & SB_TRAIT_STATE && strcmp(id, SB_EXT_STATE) == 0) return &state;
  return traits & SB_TRAIT_LATENCY && strcmp(id, SB_EXT_LATENCY) == 0 ? &latency : NULL;
}

static const void *plain(const char *id) { return find(id, 0); }
static const void *with_state(const char *id) { return find(id, SB_TRAIT_STATE); }
static const void *with_latency(const char *id) { return find(id, SB_TRAIT_LATENCY); }
static const void *with_both(const char *id) { return find(id, SB_TRAIT_STATE | SB_TRAIT_LATENCY); }
static const void *(*const extensions[])(const char *) = {plain, with_state, with_latency, with_both};

#define CREATE(N)                                                                           \
  static sb_status create_##N(const sb_host *host, const sb_value *values, void **self) { \
    (void)host;                                                                             \
    return create(N, values, self);                                                         \
  }
SB_EACH_CLASS(CREATE)
#define NAME(N) create_##N,
static sb_status (*const creates[])(const sb_host *, const sb_value *, void **) = {SB_EACH_CLASS(NAME)};

void sb_component_fill_stage(uint32_t number, uint32_t traits, const sb_stage_class *declared, sb_stage_class *out) {
  all[number] = (struct declared){declared->params, declared->param_count, declared->output};
  *out = *declared;
  out->flags = 0;
  out->create = creates[number];
  out->activate = stage_activate;
  out->process = process;
  out->set = set;
  out->deactivate = deactivate;
  out->destroy = destroy;
  out->extension = extensions[traits & (SB_TRAIT_STATE | SB_TRAIT_LATENCY)];
}

void sb_component_fill_source(uint32_t number, uint32_t traits, const sb_source_class *declared, sb_source_class *out) {
  all[number] = (struct declared){declared->params, declared->param_count, SB_PORT_SIGNAL};
  *out = *declared;
  out->flags = traits & SB_TRAIT_SELF_PACED ? SB_SOURCE_SELF_PACED : 0;
  out->create = creates[number];
  out->activate = source_activate;
  out->read = read_block;
  out->set = set;
  out->deactivate = deactivate;
  out->destroy = destroy;
  out->extension = extensions[traits & SB_TRAIT_STATE];
}
