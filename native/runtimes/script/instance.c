/* SPDX-License-Identifier: Apache-2.0 */
#include "instance.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "pack.h"
#include "tell.h"

typedef struct instance {
  uint32_t number;
  const sb_declared *declared;
  uint8_t *told;   /* the packed format of its output, */
  size_t told_count;
  sb_format out;   /* and what is in there, while active */
} instance;

static const sb_script_calls *calls;
static sb_script_blocks blocks;
static instance *activated; /* whose activate runs */

void sb_script_set_calls(const sb_script_calls *given) { calls = given; }

const sb_script_blocks *sb_script_where(void) { return &blocks; }

/* The memory is adapter.ts's, and may move. */
void sb_script_put_format(const void *bytes, uint32_t count) {
  free(activated->told);
  activated->told = malloc(count + 1u);
  activated->told_count = activated->told ? count : 0;
  if (activated->told) memcpy(activated->told, bytes, count);
}

static sb_status create(uint32_t number, const sb_host *host, const sb_value *values, void **self) {
  static uint32_t numbers;
  instance *it = calloc(1, sizeof *it);
  const sb_declared *declared = sb_adapter_declared(number);
  char *text = sb_tell_values(declared->params, declared->param_count, values);
  sb_status status = it && text ? SB_OK : host->fail(host, SB_NO_MEMORY, "out of memory");
  if (it) *it = (instance){.number = numbers++, .declared = declared};
  if (status == SB_OK) status = (sb_status)calls->create(it->number, number, text);
  free(text);
  *self = it;
  if (status != SB_OK) free(it);
  return status;
}

static void drop_format(instance *it) {
  sb_format_free(&it->out);
  free(it->told);
  it->out = (sb_format){0};
  it->told = NULL;
  it->told_count = 0;
}

static sb_status activate(instance *it, const sb_format *in, sb_format *out) {
  drop_format(it);
  char *text = sb_tell_formats(in, it->declared->out_port, out->max_frames);
  activated = it;
  const sb_status status = text ? (sb_status)calls->activate(it->number, text) : sb_error(SB_NO_MEMORY, "out of memory");
  free(text);
  if (status != SB_OK || it->declared->out_port == SB_PORT_NONE) return status;
  sb_unpack told = {.bytes = it->told, .count = it->told_count};
  it->out.size = sizeof it->out;
  sb_unpack_format(&told, &it->out);
  if (told.failed) return sb_error(SB_INVALID, "its output is no format");
  const uint32_t size = out->size;
  *out = it->out;
  out->size = size;
  return SB_OK;
}

static sb_status activate_stage(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)host;
  return activate(self, in, out);
}

static sb_status activate_source(void *self, const sb_host *host, sb_format *out) {
  (void)host;
  return activate(self, NULL, out);
}

static sb_status run(const instance *it, sb_block *out) {
  blocks.out = *out;
  const sb_status status = (sb_status)calls->process(it->number);
  *out = blocks.out;
  return status;
}

/* in->data is out->data never: the class does not say SB_STAGE_IN_PLACE. */
static sb_status process(void *self, const sb_block *in, sb_block *out) {
  blocks.in = *in;
  return run(self, out);
}

static sb_status read_block(void *self, sb_block *out) { return run(self, out); }

static void set(void *self, uint32_t param, const sb_value *value) {
  const instance *it = self;
  char *text = sb_tell_change(&it->declared->params[param], value);
  if (text) calls->set(it->number, text);
  free(text);
}

static void deactivate(void *self) {
  instance *it = self;
  calls->deactivate(it->number);
  drop_format(it);
}

static void destroy(void *self) {
  instance *it = self;
  calls->destroy(it->number);
  drop_format(it);
  free(it);
}

static uint32_t state_bytes(const void *self) { return calls->state_bytes(((const instance *)self)->number); }

static void save(const void *self, void *out) {
  calls->save(((const instance *)self)->number, out, state_bytes(self));
}

static sb_status load(void *self, const void *bytes, uint32_t count) {
  return (sb_status)calls->load(((const instance *)self)->number, bytes, count);
}

static double latency_s(const void *self) { return calls->latency_s(((const instance *)self)->number); }

static void idle(void *self) {
  (void)self;
  calls->idle();
}

const sb_adapter_functions sb_script_functions = {
    .create = create,
    .activate_stage = activate_stage,
    .activate_source = activate_source,
    .process = process,
    .read = read_block,
    .set = set,
    .deactivate = deactivate,
    .destroy = destroy,
    .state = {state_bytes, save, load},
    .latency = {latency_s},
    .idle = {idle},
};
