/* SPDX-License-Identifier: Apache-2.0 */
#include "node.h"

#include <stdio.h>
#include <stdlib.h>

#include "catalog.h"
#include "error.h"
#include "json.h"
#include "string_list.h"
#include "ticks.h"

enum { MAX_LIST = 1 << 20, MAX_WIDTH = 1 << 20, MAX_BLOCK_FLOATS = 1 << 26 };

static const sb_param *params_of(const sb_node *node, uint32_t *count) {
  *count = node->stage ? node->stage->param_count : node->source->param_count;
  return node->stage ? node->stage->params : node->source->params;
}

static const char *type_of(const sb_node *node) { return node->stage ? node->stage->type : node->source->type; }

static const void *extension_of(const sb_node *node, const char *id) {
  const void *(*extension)(const char *) = node->stage ? node->stage->extension : node->source->extension;
  return extension ? extension(id) : NULL;
}

sb_node *sb_node_create(const char *type, uint32_t is_source) {
  sb_node *node = calloc(1, sizeof *node);
  if (!node) return NULL;
  if (is_source)
    node->source = sb_catalog_source(type);
  else
    node->stage = sb_catalog_stage(type);
  uint32_t count = 0;
  if (node->stage || node->source) params_of(node, &count);
  node->values = calloc(count + 1, sizeof *node->values);
  if ((node->stage || node->source) && node->values) return node;
  sb_error(SB_NOT_FOUND, "there is no %s of type \"%s\"", is_source ? "source" : "stage", type);
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
  const uint64_t width = (uint64_t)format->channels * format->values;
  const bool is_sink = format->port == SB_PORT_NONE;
  if ((width == 0) != is_sink || width > MAX_WIDTH || format->max_frames == 0 || width * format->max_frames > MAX_BLOCK_FLOATS)
    return sb_error(SB_INVALID, "%s: an output of %u channels x %u values x %u frames is not possible", type_of(node), format->channels,
                    format->values, format->max_frames);
  if (!(format->rate_hz >= 0 && format->rate_hz <= 1e9))
    return sb_error(SB_INVALID, "%s: a rate of %g Hz is not possible", type_of(node), format->rate_hz);
  node->format = *format;
  node->format.unit = strdup(format->unit ? format->unit : "");
  node->format.channel_names = sb_strings_copy(format->channel_names, format->channels);
  node->format.value_names = sb_strings_copy(format->value_names, format->values);
  return SB_OK;
}

int32_t sb_node_activate(sb_node *node, const sb_node *upstream, uint32_t max_frames) {
  if (node->active) return sb_error(SB_WRONG_STATE, "%s is active already", type_of(node));
  if (!node->self) {
    const sb_status status = node->stage ? node->stage->create(&sb_engine_host, node->values, &node->self)
                                         : node->source->create(&sb_engine_host, node->values, &node->self);
    if (status != SB_OK) return status;
  }
  if (node->stage && (!upstream || upstream->format.channels == 0))
    return sb_error(SB_WRONG_STATE, "%s needs an upstream that is active already, and no sink", type_of(node));
  sb_format format = {.size = sizeof format, .port = SB_PORT_SIGNAL, .values = 1, .max_frames = max_frames, .unit = "1"};
  sb_status status;
  if (node->stage) {
    format = upstream->format;
    format.port = node->stage->output;
    format.bin_hz = format.port == SB_PORT_SPECTRUM ? format.bin_hz : 0;
    if (format.port != upstream->format.port) format.value_names = NULL;
    status = node->stage->activate(node->self, &sb_engine_host, &upstream->format, &format);
  } else {
    status = node->source->activate(node->self, &sb_engine_host, &format);
  }
  if (status != SB_OK) return status;
  if (format.port == SB_PORT_NONE)
    format = (sb_format){.size = sizeof format, .rate_hz = upstream->format.rate_hz, .max_frames = upstream->format.max_frames};
  node->active = true;
  const sb_ext_latency *latency = node->stage ? extension_of(node, SB_EXT_LATENCY) : NULL;
  node->latency_s = latency ? latency->seconds(node->self) : 0;
  return keep_format(node, &format);
}

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
  fprintf(out, "\"rate_hz\":%.17g,\"channels\":%u,\"values\":%u,\"max_frames\":%u,\"bin_hz\":%.17g,\"latency_s\":%.17g}", format->rate_hz,
          format->channels, format->values, format->max_frames, format->bin_hz, node->latency_s);
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
    set(node->self, param, &(sb_value){.number = atomic_load_explicit(&node->changes[param], memory_order_relaxed)});
  }
}

void sb_node_inherit(sb_node *to, const sb_node *from) {
  to->next_frame = from->next_frame;
  to->carried_flags = from->carried_flags;
  to->carried_lost = from->carried_lost;
  const sb_ext_state *theirs = extension_of(from, SB_EXT_STATE), *ours = extension_of(to, SB_EXT_STATE);
  if (!theirs || !ours || from->stage != to->stage) return;
  const uint32_t bytes = theirs->bytes(from->self);
  void *state = malloc(bytes);
  if (!state) return;
  theirs->save(from->self, state);
  ours->load(to->self, state, bytes);
  free(state);
}

void sb_node_stats(const sb_node *node, double *out) {
  const double tick_ns = sb_tick_ns();
  const double timed = (double)sb_histogram_count(&node->ticks), total = (double)atomic_load_explicit(&node->ticks.total, memory_order_relaxed);
  out[SB_NODE_BLOCKS] = (double)atomic_load_explicit(&node->blocks, memory_order_relaxed);
  out[SB_NODE_FRAMES] = (double)atomic_load_explicit(&node->frames, memory_order_relaxed);
  out[SB_NODE_FAULTS] = (double)atomic_load_explicit(&node->faults, memory_order_relaxed);
  out[SB_NODE_P50_NS] = sb_histogram_quantile(&node->ticks, 0.5) * tick_ns;
  out[SB_NODE_P99_NS] = sb_histogram_quantile(&node->ticks, 0.99) * tick_ns;
  out[SB_NODE_MAX_NS] = (double)atomic_load_explicit(&node->ticks.maximum, memory_order_relaxed) * tick_ns;
  out[SB_NODE_TOTAL_NS] = timed > 0 ? total / timed * out[SB_NODE_BLOCKS] * tick_ns : 0;
  out[SB_NODE_LATENCY_NS] = node->latency_s * 1e9;
}

void sb_node_destroy(sb_node *node) {
  if (!node) return;
  if (node->stage || node->source) {
    void (*deactivate)(void *) = node->stage ? node->stage->deactivate : node->source->deactivate;
    void (*destroy)(void *) = node->stage ? node->stage->destroy : node->source->destroy;
    if (node->active) deactivate(node->self);
    if (node->self) destroy(node->self);
    uint32_t count;
    params_of(node, &count);
    for (uint32_t i = 0; node->values && i < count; i++) free((void *)node->values[i].numbers), free((void *)node->values[i].texts);
  }
  free_format(&node->format);
  free(node->values), free(node);
}
