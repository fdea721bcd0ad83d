/* SPDX-License-Identifier: Apache-2.0 */
#include "component.h"

#include <stdbool.h>
#include <stdlib.h>

#include "marshal.h"

typedef struct instance {
  const sb_host *host;
  const sb_declared *declared;
  sb_py *object, *process; /* adapter.Instance, and its process */
  sb_py *told;             /* the format that it told, in which the texts of `out` lie */
  sb_format in, out;       /* while active; the input's texts are gone */
} instance;

static sb_py *maker;

void sb_component_set_maker(sb_py *create) { maker = create; }

static void release(sb_py **object) {
  if (*object) python.Py_DecRef(*object);
  *object = NULL;
}

/* adapter.py lets no exception out: what comes here is a fault of its own, or memory that ran out. */
static sb_py *checked(sb_py *result) {
  if (!result) python.PyErr_Print();
  return result;
}

static sb_py *call(const instance *it, const char *method, sb_py *argument) {
  sb_py *bound = python.PyObject_GetAttrString(it->object, method);
  sb_py *result = NULL;
  if (bound) result = argument ? python.PyObject_CallFunction(bound, "(N)", argument)
                               : python.PyObject_CallFunction(bound, NULL);
  if (bound) python.Py_DecRef(bound);
  return checked(result);
}

static long call_number(const instance *it, const char *method, sb_py *argument) {
  sb_py *result = call(it, method, argument);
  const long number = result ? python.PyLong_AsLong(result) : -1;
  release(&result);
  return number;
}

/* The words of what failed last, handed to the host. */
static sb_status fail(const instance *it, sb_status status) {
  sb_py *words = call(it, "words", NULL);
  const char *text = words ? python.PyUnicode_AsUTF8AndSize(words, NULL) : NULL;
  it->host->fail(it->host, status, "%s", text ? text : "it failed, and its log says why");
  release(&words);
  return status;
}

static sb_status create(uint32_t number, const sb_host *host, const sb_value *values, void **self) {
  instance *it = calloc(1, sizeof *it);
  if (!it) return host->fail(host, SB_NO_MEMORY, "out of memory");
  *it = (instance){.host = host, .declared = sb_adapter_declared(number)};
  sb_python_hold();
  sb_py *params = sb_marshal_values(it->declared->params, it->declared->param_count, values);
  it->object = checked(python.PyObject_CallFunction(maker, "(IN)", number, params));
  if (it->object) it->process = python.PyObject_GetAttrString(it->object, "process");
  sb_python_let_go();
  *self = it;
  if (it->process) return SB_OK;
  free(it);
  return host->fail(host, SB_NO_MEMORY, "its instance cannot be made; its log says why");
}

static sb_status activate_held(instance *it, const sb_format *in, sb_format *out) {
  sb_py *bound = python.PyObject_GetAttrString(it->object, "activate");
  sb_py *input = in ? sb_marshal_format(in) : python.Py_BuildValue("");
  release(&it->told);
  if (bound)
    it->told = checked(python.PyObject_CallFunction(bound, "(NII)", input, it->declared->out_port, out->max_frames));
  release(&bound);
  sb_format told = *out;
  if (!it->told || python.PySequence_Size(it->told) == 0) return fail(it, SB_INVALID);
  if (it->declared->out_port == SB_PORT_NONE) return SB_OK;
  if (sb_marshal_read_format(it->told, &told) != SB_OK) {
    python.PyErr_Print();
    return it->host->fail(it->host, SB_INVALID, "its output is no format: channels and names are texts, counts numbers");
  }
  it->out = *out = told;
  return SB_OK;
}

static void drop_format(instance *it) {
  sb_marshal_free_format(&it->out);
  release(&it->told);
}

static sb_status activate(instance *it, const sb_format *in, sb_format *out) {
  it->in = in ? *in : (sb_format){0};
  sb_python_hold();
  drop_format(it);
  const sb_status status = activate_held(it, in, out);
  sb_python_let_go();
  return status;
}

static sb_status stage_activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  instance *it = self;
  it->host = host;
  return activate(it, in, out);
}

static sb_status source_activate(void *self, const sb_host *host, sb_format *out) {
  instance *it = self;
  it->host = host;
  return activate(it, NULL, out);
}

static size_t row_bytes(const sb_format *format) { return sizeof(float) * sb_stride(format->channels, format->values); }

/* in->data is out->data never: the class does not say SB_STAGE_IN_PLACE. */
static sb_status stage_process(void *self, const sb_block *in, sb_block *out) {
  instance *it = self;
  const bool is_sink = it->declared->out_port == SB_PORT_NONE;
  sb_python_hold();
  sb_py *result = checked(python.PyObject_CallFunction(
      it->process, "(NNNNNNN)", sb_marshal_memory(in, sizeof *in, SB_PY_READ),
      sb_marshal_memory(in->data, in->frames * row_bytes(&it->in), SB_PY_READ),
      sb_marshal_memory(in->events, in->event_count * sizeof *in->events, SB_PY_READ),
      sb_marshal_memory(out, sizeof *out, SB_PY_WRITE),
      sb_marshal_memory(is_sink ? NULL : out->data, it->out.max_frames * row_bytes(&it->out), SB_PY_WRITE),
      sb_marshal_memory(is_sink ? NULL : out->events, SB_BLOCK_MAX_EVENTS * sizeof *out->events, SB_PY_WRITE),
      sb_marshal_memory(out->times_ns, it->out.max_frames * sizeof *out->times_ns, SB_PY_WRITE)));
  const long failed = result ? python.PyLong_AsLong(result) : 1;
  release(&result);
  if (failed) fail(it, SB_CRASHED);
  sb_python_let_go();
  return failed ? SB_CRASHED : SB_OK;
}

/* A source that fails has nothing to say this time. */
static sb_status source_read(void *self, sb_block *out) {
  instance *it = self;
  sb_python_hold();
  sb_py *result = checked(python.PyObject_CallFunction(
      it->process, "(NNNN)", sb_marshal_memory(out, sizeof *out, SB_PY_WRITE),
      sb_marshal_memory(out->data, out->frames * row_bytes(&it->out), SB_PY_WRITE),
      sb_marshal_memory(out->events, SB_BLOCK_MAX_EVENTS * sizeof *out->events, SB_PY_WRITE),
      sb_marshal_memory(out->times_ns, out->frames * sizeof *out->times_ns, SB_PY_WRITE)));
  const long status = result ? python.PyLong_AsLong(result) : SB_AGAIN;
  release(&result);
  sb_python_let_go();
  return (sb_status)status;
}

static void set(void *self, uint32_t param, const sb_value *value) {
  instance *it = self;
  const sb_param *declared = &it->declared->params[param];
  sb_python_hold();
  sb_py *pair = python.Py_BuildValue("(sN)", declared->id, sb_marshal_value(declared, value));
  sb_py *result = pair ? call(it, "set", pair) : NULL;
  release(&result);
  sb_python_let_go();
}

static void deactivate(void *self) {
  instance *it = self;
  sb_python_hold();
  sb_py *result = call(it, "deactivate", NULL);
  release(&result);
  drop_format(it);
  sb_python_let_go();
}

static void destroy(void *self) {
  instance *it = self;
  sb_python_hold();
  drop_format(it);
  release(&it->process);
  release(&it->object);
  sb_python_let_go();
  free(it);
}

/* ---- extensions ---- */

static uint32_t state_bytes(const void *self) {
  sb_python_hold();
  const long bytes = call_number(self, "state_bytes", NULL);
  sb_python_let_go();
  return bytes > 0 ? (uint32_t)bytes : 0;
}

static void state_save(const void *self, void *out) {
  sb_python_hold();
  const long bytes = call_number(self, "state_bytes", NULL);
  call_number(self, "save", sb_marshal_memory(out, bytes > 0 ? (size_t)bytes : 0, SB_PY_WRITE));
  sb_python_let_go();
}

static sb_status state_load(void *self, const void *bytes, uint32_t count) {
  sb_python_hold();
  const long failed = call_number(self, "load", sb_marshal_memory(bytes, count, SB_PY_READ));
  sb_python_let_go();
  return failed ? SB_INVALID : SB_OK;
}

static double latency_seconds(const void *self) {
  sb_python_hold();
  sb_py *result = call(self, "latency_s", NULL);
  const double seconds = result ? python.PyFloat_AsDouble(result) : 0;
  release(&result);
  sb_python_let_go();
  return seconds;
}

/* Garbage is collected here, and not while a block waits. */
static void idle(void *self) {
  sb_python_hold();
  sb_py *result = call(self, "idle", NULL);
  release(&result);
  sb_python_let_go();
}

const sb_adapter_functions sb_component_functions = {
    .create = create,
    .activate_stage = stage_activate,
    .activate_source = source_activate,
    .process = stage_process,
    .read = source_read,
    .set = set,
    .deactivate = deactivate,
    .destroy = destroy,
    .state = {state_bytes, state_save, state_load},
    .latency = {latency_seconds},
    .idle = {idle},
};
