/* SPDX-License-Identifier: Apache-2.0 */
#include "classes.h"

#include <string.h>

static sb_declared all[SB_ADAPTER_MAX_CLASSES];
static const sb_adapter_functions *functions;

const sb_declared *sb_adapter_declared(uint32_t number) { return &all[number]; }

/* ---- extensions: a function for each choice of them, since `extension` is not told of which class ---- */

static const void *find(const char *id, uint32_t traits) {
  if (strcmp(id, SB_EXT_IDLE) == 0) return &functions->idle;
  if (traits & SB_TRAIT_STATE && strcmp(id, SB_EXT_STATE) == 0) return &functions->state;
  return traits & SB_TRAIT_LATENCY && strcmp(id, SB_EXT_LATENCY) == 0 ? &functions->latency : NULL;
}

static const void *plain(const char *id) { return find(id, 0); }
static const void *with_state(const char *id) { return find(id, SB_TRAIT_STATE); }
static const void *with_latency(const char *id) { return find(id, SB_TRAIT_LATENCY); }
static const void *with_both(const char *id) { return find(id, SB_TRAIT_STATE | SB_TRAIT_LATENCY); }
static const void *(*const extensions[])(const char *) = {plain, with_state, with_latency, with_both};

/* ---- a function for each class, for `create` is not told either. Numbers are octal. ---- */

#define EIGHT(F, HIGH) F(HIGH##0) F(HIGH##1) F(HIGH##2) F(HIGH##3) F(HIGH##4) F(HIGH##5) F(HIGH##6) F(HIGH##7)
#define ALL(F) EIGHT(F, 00) EIGHT(F, 01) EIGHT(F, 02) EIGHT(F, 03) EIGHT(F, 04) EIGHT(F, 05) EIGHT(F, 06) EIGHT(F, 07)
#define CREATE(N)                                                                           \
  static sb_status create_##N(const sb_host *host, const sb_value *values, void **self) { \
    return functions->create(N, host, values, self);                                        \
  }
ALL(CREATE)
#define NAME(N) create_##N,
static sb_status (*const creates[SB_ADAPTER_MAX_CLASSES])(const sb_host *, const sb_value *, void **) = {ALL(NAME)};

/* ---- */

static sb_status add_stage(const sb_registrar *registrar, uint32_t number, const sb_stage_class *declared,
                           uint32_t traits) {
  sb_stage_class made = *declared;
  all[number] = (sb_declared){declared->params, declared->param_count, declared->output};
  made.flags = 0;
  made.create = creates[number];
  made.activate = functions->activate_stage;
  made.process = functions->process;
  made.set = functions->set;
  made.deactivate = functions->deactivate;
  made.destroy = functions->destroy;
  made.extension = extensions[traits & (SB_TRAIT_STATE | SB_TRAIT_LATENCY)];
  return registrar->add_stage(registrar, &made);
}

static sb_status add_source(const sb_registrar *registrar, uint32_t number, const sb_source_class *declared,
                            uint32_t traits) {
  sb_source_class made = *declared;
  all[number] = (sb_declared){declared->params, declared->param_count, SB_PORT_SIGNAL};
  made.flags = traits & SB_TRAIT_SELF_PACED ? SB_SOURCE_SELF_PACED : 0;
  made.create = creates[number];
  made.activate = functions->activate_source;
  made.read = functions->read;
  made.set = functions->set;
  made.deactivate = functions->deactivate;
  made.destroy = functions->destroy;
  made.extension = extensions[traits & SB_TRAIT_STATE];
  return registrar->add_source(registrar, &made);
}

sb_status sb_adapter_check(const sb_host *host, const sb_classes *declared) {
  if (declared->stage_count + declared->source_count <= SB_ADAPTER_MAX_CLASSES) return SB_OK;
  return host->fail(host, SB_FULL, "it declares more than %d stages", SB_ADAPTER_MAX_CLASSES);
}

sb_status sb_adapter_register(const sb_registrar *registrar, const sb_classes *declared, const uint32_t *traits,
                              const sb_adapter_functions *given) {
  functions = given;
  sb_status status = SB_OK;
  for (uint32_t i = 0; i < declared->stage_count && status == SB_OK; i++)
    status = add_stage(registrar, i, declared->stages[i], traits[i]);
  for (uint32_t i = 0; i < declared->source_count && status == SB_OK; i++) {
    const uint32_t number = declared->stage_count + i;
    status = add_source(registrar, number, declared->sources[i], traits[number]);
  }
  return status;
}
