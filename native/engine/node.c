/* SPDX-License-Identifier: Apache-2.0 */
#include "node.h"

#include <fft_backend.h>
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "foreign.h"
#include "format_limits.h"
#include "json.h"
#include "string_list.h"
#include "ticks.h"

enum { MAX_LIST = 1 << 20 };

static const sb_param *params_of(const sb_node *node, uint32_t *count) {
  *count = node->stage ? node->stage->param_count : node->source->param_count;
  return node->stage ? node->stage->params : node->source->params;
}

static const char *type_of(const sb_node *node) { return node->stage ? node->stage->type : node->source->type; }

/* Of a built-in node: a plugin's extensions are called where the plugin is. */
static const void *extension_of(const sb_node *node, const char *id) {
  const void *(*extension)(const char *) = node->stage ? node->stage->extension : node->source->extension;
  return extension ? extension(id) : NULL;
}

sb_node *sb_node_create(sb_library *library, const char *type, uint32_t is_source) {
  sb_node *node = calloc(1, sizeof *node);
  if (!node) return NULL;
  const bool is_foreign = library != NULL;
  if (!library) library = sb_library_builtin();
  if (is_source)
    node->source = sb_library_source(library, type);
  else
    node->stage = sb_library_stage(library, type);
  if (!node->stage && !node->source) {
    sb_error(SB_NOT_FOUND, "there is no %s of type \"%s\"", is_source ? "source" : "stage", type);
    free(node);
    return NULL;
  }
  uint32_t count;
  params_of(node, &count);
  node->values = calloc(count + 1, sizeof *node->values);
  if (is_foreign) node->foreign = sb_foreign_create(library, node->stage, node->source);
  if (node->values && (node->foreign || !is_foreign)) return node;
  sb_error(SB_NO_MEMORY, "out of memory");
  sb_node_destroy(node);
  return NULL;
}

static sb_value *find_value(sb_node *node, const char *param, uint32_t *index) {
  uint32_t count;
  const sb_param *params = params_of(node, &count);
  for (uint32_t i = 0; i < count; i++) {
    if (strcmp(params[i].id, param) != 0) continue;
    *index = i;
    return &node->values[i];
  }
  sb_error(SB_NOT_FOUND, "%s has no parameter \"%s\"", type_of(node), param);
  return NULL;
}

int32_t sb_node_set_number(sb_node *node, const char *param, double number) {
  uint32_t index;
  sb_value *value = find_value(node, param, &index);
  if (!value) return SB_NOT_FOUND;
  value->number = number;
  return SB_OK;
}

int32_t sb_node_set_numbers(sb_node *node, const char *param, const double *numbers, uint32_t rows, uint32_t columns) {
  uint32_t index;
  sb_value *value = find_value(node, param, &index);
  if (!value) return SB_NOT_FOUND;
  if ((uint64_t)rows * columns > MAX_LIST) return sb_error(SB_INVALID, "%s: more than %d numbers", param, MAX_LIST);
  const size_t bytes = (size_t)rows * columns * sizeof(double);
  double *copy = malloc(bytes + 1);
  if (!copy) return sb_error(SB_NO_MEMORY, "out of memory");
  memcpy(copy, numbers, bytes);
  free((void *)value->numbers);
  value->numbers = copy;
  value->rows = rows;
  value->columns = columns;
  return SB_OK;
}

int32_t sb_node_set_texts(sb_node *node, const char *param, const char *texts, uint32_t count) {
  uint32_t index;
  sb_value *value = find_value(node, param, &index);
  if (!value) return SB_NOT_FOUND;
  if (count > MAX_LIST) return sb_error(SB_INVALID, "%s: more than %d texts", param, MAX_LIST);
  const char *const *copy = sb_strings_unpack(texts, count);
  if (!copy) return sb_error(SB_NO_MEMORY, "out of memory");
  free((void *)value->texts);
  value->texts = copy;
  value->rows = count;
  return SB_OK;
}

static void free_format(sb_format *format) {
  free((void *)format->unit), free((void *)format->channel_names), free((void *)format->value_names);
  *format = (sb_format){0};
}

/* The component's strings may go away: the node keeps its own. */
static sb_status keep_format(sb_node *node, const sb_format *format) {
  const bool is_sink = format->port == SB_PORT_NONE;
  const bool is_empty = format->channels == 0 || format->values == 0;
  if (is_sink ? !is_empty || format->max_frames == 0 : !sb_format_has_possible_shape(format))
    return sb_error(SB_INVALID, "%s: an output of %u channels x %u values x %u frames is not possible", type_of(node),
                    format->channels, format->values, format->max_frames);
  if (!sb_format_has_possible_rate(format))
    return sb_error(SB_INVALID, "%s: a rate of %g Hz is not possible", type_of(node), format->rate_hz);
  node->format = *format;
  node->format.unit = strdup(format->unit ? format->unit : "");
  node->format.channel_names = sb_strings_copy(format->channel_names, format->channels);
  node->format.value_names = sb_strings_copy(format->value_names, format->values);
  return SB_OK;
}

static sb_status activate_builtin(sb_node *node, const sb_format *in, sb_format *out) {
  const sb_host *host = &sb_engine_host;
  const uint32_t plans = sb_fft_plans_made();
  if (!node->self) {
    const sb_status status = node->stage ? node->stage->create(host, node->values, &node->self)
                                         : node->source->create(host, node->values, &node->self);
    if (status != SB_OK) return status;
  }
  const sb_status status = node->stage ? node->stage->activate(node->self, host, in, out)
                                       : node->source->activate(node->self, host, out);
  if (status != SB_OK) return status;
  node->active = true;
  node->transforms = sb_fft_plans_made() != plans;
  const sb_ext_latency *latency = node->stage ? extension_of(node, SB_EXT_LATENCY) : NULL;
  node->latency_s = latency ? latency->seconds(node->self) : 0;
  return SB_OK;
}

static sb_status activate_foreign(sb_node *node, const sb_format *in, sb_format *out) {
  const sb_status status = node->foreign->class_->activate(node->foreign, node->values, in, out);
  if (status != SB_OK) return status;
  node->active = true;
  node->latency_s = node->foreign->class_->latency_s(node->foreign);
  if (!(node->latency_s >= 0 && node->latency_s < 3600)) node->latency_s = 0;
  return SB_OK;
}

int32_t sb_node_activate(sb_node *node, const sb_node *upstream, uint32_t max_frames) {
  if (node->active) return sb_error(SB_WRONG_STATE, "%s is active already", type_of(node));
  if (node->stage && (!upstream || upstream->format.channels == 0))
    return sb_error(SB_WRONG_STATE, "%s needs an upstream that is active already, and no sink", type_of(node));
  sb_format format = {
      .size = sizeof format, .port = SB_PORT_SIGNAL, .values = 1, .max_frames = max_frames, .unit = "1"};
  const sb_format *in = NULL;
  if (node->stage) {
    in = &upstream->format;
    format = upstream->format;
    format.port = node->stage->output;
    format.bin_hz = format.port == SB_PORT_SPECTRUM ? format.bin_hz : 0;
    if (format.port != upstream->format.port) format.value_names = NULL;
  }
  sb_status status = node->foreign ? activate_foreign(node, in, &format) : activate_builtin(node, in, &format);
  if (status != SB_OK) return status;
  if (node->stage && node->stage->output == SB_PORT_NONE)
    format = (sb_format){.size = sizeof format, .rate_hz = in->rate_hz, .max_frames = in->max_frames};
  status = keep_format(node, &format);
  return status == SB_OK && node->foreign ? sb_foreign_ready(node->foreign, in, &node->format) : status;
}

int32_t sb_node_transforms(const sb_node *node) { return node->transforms; }

const char *sb_node_format(const sb_node *node) {
  static _Thread_local char *json;
  free(json);
  json = NULL;
  size_t bytes;
  FILE *out = open_memstream(&json, &bytes);
  if (!out) return "{}";
  const sb_format *format = &node->format;
  putc('{', out);
  sb_json_field(out, "port", sb_json_port(format->port));
  sb_json_field(out, "unit", format->unit);
  sb_json_strings(out, "channel_names", format->channel_names, format->channels);
  if (format->value_names) sb_json_strings(out, "value_names", format->value_names, format->values);
  fprintf(out,
          "\"rate_hz\":%.17g,\"channels\":%u,\"values\":%u,\"max_frames\":%u,\"bin_hz\":%.17g,\"latency_s\":%.17g}",
          format->rate_hz, format->channels, format->values, format->max_frames, format->bin_hz, node->latency_s);
  fclose(out);
  return json;
}

int32_t sb_node_change(sb_node *node, const char *param, double number) {
  uint32_t index;
  if (!find_value(node, param, &index)) return SB_NOT_FOUND;
  uint32_t count;
  if (!(params_of(node, &count)[index].flags & SB_PARAM_LIVE))
    return sb_error(SB_UNSUPPORTED, "%s.%s does not change while it runs", type_of(node), param);
  atomic_store_explicit(&node->changes[index], number, memory_order_relaxed);
  atomic_fetch_or_explicit(&node->changed, 1ull << index, memory_order_release);
  return SB_OK;
}

void sb_node_apply_changes(sb_node *node) {
  uint64_t changed = atomic_exchange_explicit(&node->changed, 0, memory_order_acquire);
  void (*set)(void *, uint32_t, const sb_value *) = node->stage ? node->stage->set : node->source->set;
  for (; set && changed; changed &= changed - 1) {
    const uint32_t param = (uint32_t)__builtin_ctzll(changed);
    const sb_value value = {.number = atomic_load_explicit(&node->changes[param], memory_order_relaxed)};
    if (node->foreign)
      node->foreign->class_->set(node->foreign, param, &value);
    else
      set(node->self, param, &value);
  }
}

static uint32_t state_bytes(const sb_node *node) {
  if (node->foreign) return node->foreign->class_->state_bytes(node->foreign);
  const sb_ext_state *state = extension_of(node, SB_EXT_STATE);
  return state ? state->bytes(node->self) : 0;
}

/* Returns how many bytes it wrote. */
static uint32_t save_state(const sb_node *node, void *out, uint32_t room) {
  if (node->foreign) return node->foreign->class_->save(node->foreign, out, room);
  const sb_ext_state *state = extension_of(node, SB_EXT_STATE);
  state->save(node->self, out);
  return room;
}

static void load_state(sb_node *node, const void *bytes, uint32_t count) {
  const sb_ext_state *state = node->foreign ? NULL : extension_of(node, SB_EXT_STATE);
  if (node->foreign)
    node->foreign->class_->load(node->foreign, bytes, count);
  else if (state)
    state->load(node->self, bytes, count);
}

void sb_node_inherit(sb_node *to, const sb_node *from, bool has_time) {
  to->next_frame = from->next_frame;
  to->carried_flags = from->carried_flags;
  to->carried_lost = from->carried_lost;
  /* Another version of the same type may know the state; if not, it says so and begins anew. */
  if (strcmp(type_of(from), type_of(to)) != 0 || (from->foreign && !has_time)) return;
  const uint32_t bytes = state_bytes(from);
  void *state = bytes ? malloc(bytes) : NULL;
  if (!state) return;
  const uint32_t count = save_state(from, state, bytes);
  if (count) load_state(to, state, count);
  free(state);
}

int32_t sb_node_watch(sb_node *node) {
  return node->foreign && node->active ? node->foreign->class_->watch(node->foreign) : SB_OK;
}

int32_t sb_node_restart(sb_node *node) {
  return node->foreign && node->active ? node->foreign->class_->restart(node->foreign) : SB_OK;
}

static void foreign_stats(sb_foreign *foreign, double *out) {
  out[SB_NODE_LATE] = (double)atomic_load_explicit(&foreign->late, memory_order_relaxed);
  out[SB_NODE_SUBSTITUTED] = (double)atomic_load_explicit(&foreign->substituted, memory_order_relaxed);
  out[SB_NODE_BAD_BLOCKS] = (double)atomic_load_explicit(&foreign->bad_blocks, memory_order_relaxed);
  out[SB_NODE_CRASHES] = (double)atomic_load_explicit(&foreign->crashes, memory_order_relaxed);
  out[SB_NODE_RESTARTS] = (double)atomic_load_explicit(&foreign->restarts, memory_order_relaxed);
  foreign->class_->usage(foreign, &out[SB_NODE_MEMORY_BYTES], &out[SB_NODE_CPU_NS]);
}

void sb_node_stats(const sb_node *node, double *out) {
  const double tick_ns = sb_tick_ns();
  const double timed = (double)sb_histogram_count(&node->ticks);
  const double total = (double)atomic_load_explicit(&node->ticks.total, memory_order_relaxed);
  out[SB_NODE_BLOCKS] = (double)atomic_load_explicit(&node->blocks, memory_order_relaxed);
  out[SB_NODE_FRAMES] = (double)atomic_load_explicit(&node->frames, memory_order_relaxed);
  out[SB_NODE_FAULTS] = (double)atomic_load_explicit(&node->faults, memory_order_relaxed);
  out[SB_NODE_P50_NS] = sb_histogram_quantile(&node->ticks, 0.5) * tick_ns;
  out[SB_NODE_P99_NS] = sb_histogram_quantile(&node->ticks, 0.99) * tick_ns;
  out[SB_NODE_MAX_NS] = (double)atomic_load_explicit(&node->ticks.maximum, memory_order_relaxed) * tick_ns;
  out[SB_NODE_TOTAL_NS] = timed > 0 ? total / timed * out[SB_NODE_BLOCKS] * tick_ns : 0;
  out[SB_NODE_LATENCY_NS] = node->latency_s * 1e9;
  for (int i = SB_NODE_LATE; i <= SB_NODE_CPU_NS; i++) out[i] = 0;
  if (node->foreign) foreign_stats(node->foreign, out);
}

static void destroy_builtin(sb_node *node) {
  void (*deactivate)(void *) = node->stage ? node->stage->deactivate : node->source->deactivate;
  void (*destroy)(void *) = node->stage ? node->stage->destroy : node->source->destroy;
  if (node->active) deactivate(node->self);
  if (node->self) destroy(node->self);
}

void sb_node_destroy(sb_node *node) {
  if (!node) return;
  uint32_t count;
  params_of(node, &count); /* the library may go with its last node */
  if (!node->foreign) destroy_builtin(node);
  sb_foreign_destroy(node->foreign);
  for (uint32_t i = 0; node->values && i < count; i++) {
    free((void *)node->values[i].numbers);
    free((void *)node->values[i].texts);
  }
  free_format(&node->format);
  free(node->values), free(node);
}
