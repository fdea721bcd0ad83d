/* SPDX-License-Identifier: Apache-2.0
 *
 * The adapter of plugins in Python: a library like a plugin's own, which stagebox-plugin-host opens in its place, in the
 * sandbox. It starts an interpreter, lets adapter.py open the plugin's file, and registers the classes that the manifest
 * declares, with functions that call it.
 *
 * All that the plugin imports as it is opened is loaded before the sandbox is sealed.
 */
#include <stdlib.h>

#include "component.h"
#include "marshal.h"
#include "registrar.h"
#include "task.h"

SB_PLUGIN

__asm__(".pushsection .rodata\n"
        "sdk_source:\n"
        ".incbin \"../sdk/python/stagebox/__init__.py\"\n"
        ".byte 0\n"
        "adapter_source:\n"
        ".incbin \"runtimes/python/adapter.py\"\n"
        ".byte 0\n"
        "main_source:\n"
        ".incbin \"runtimes/python/main.py\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const char sdk_source[] __attribute__((visibility("hidden")));
extern const char adapter_source[] __attribute__((visibility("hidden")));
extern const char main_source[] __attribute__((visibility("hidden")));

static sb_py *globals; /* of adapter.py */

/* As that module, which exists from now on; its globals, or NULL. */
static sb_py *run_source(const char *source, const char *module_name, const char *name) {
  sb_py *module = python.PyImport_AddModule(module_name);
  sb_py *variables = module ? python.PyModule_GetDict(module) : NULL;
  sb_py *code = variables ? python.Py_CompileString(source, name, SB_PY_FILE_INPUT) : NULL;
  if (code && python.PyEval_EvalCode(code, variables, variables)) return variables;
  python.PyErr_Print();
  return NULL;
}

/* False, and the log says why. */
static bool run_adapter(bool is_main) {
  if (!run_source(sdk_source, "stagebox", "<stagebox>/stagebox.py")) return false;
  globals = run_source(adapter_source, "stagebox_adapter", "<stagebox>/adapter.py");
  return globals && (!is_main || run_source(main_source, "stagebox_adapter", "<stagebox>/main.py"));
}

/* Why nothing was opened. */
static sb_status refuse(const sb_host *host) {
  sb_py *words = globals ? python.PyDict_GetItemString(globals, "problem") : NULL;
  const char *problem = words ? python.PyUnicode_AsUTF8AndSize(words, NULL) : NULL;
  return host->fail(host, SB_INVALID, "%s", problem ? problem : "Python could not be started; the log says why");
}

/* [(id, live), ...] */
static sb_py *told_params(const sb_param *params, uint32_t count) {
  sb_py *list = python.PyList_New(0);
  for (uint32_t i = 0; i < count; i++) {
    sb_py *pair = python.Py_BuildValue("(si)", params[i].id, (params[i].flags & SB_PARAM_LIVE) != 0);
    python.PyList_Append(list, pair);
    python.Py_DecRef(pair);
  }
  return list;
}

static void tell(sb_py *list, const char *type, uint32_t input, uint32_t output, const sb_param *params,
                 uint32_t count) {
  sb_py *declared = python.Py_BuildValue("(sIIN)", type, input, output, told_params(params, count));
  python.PyList_Append(list, declared);
  python.Py_DecRef(declared);
}

static sb_py *told_classes(const sb_classes *classes) {
  sb_py *list = python.PyList_New(0);
  for (uint32_t i = 0; i < classes->stage_count; i++) {
    const sb_stage_class *stage = classes->stages[i];
    tell(list, stage->type, stage->input, stage->output, stage->params, stage->param_count);
  }
  for (uint32_t i = 0; i < classes->source_count; i++) {
    const sb_source_class *source = classes->sources[i];
    tell(list, source->type, SB_PORT_NONE, SB_PORT_SIGNAL, source->params, source->param_count);
  }
  return list;
}

static sb_status enroll(const sb_registrar *registrar, const sb_classes *classes, sb_py *opened) {
  uint32_t traits[SB_ADAPTER_MAX_CLASSES];
  for (uint32_t i = 0; i < classes->stage_count + classes->source_count; i++) {
    sb_py *item = python.PySequence_GetItem(opened, i);
    traits[i] = item ? (uint32_t)python.PyLong_AsLong(item) : 0;
    if (item) python.Py_DecRef(item);
  }
  return sb_adapter_register(registrar, classes, traits, &sb_component_functions);
}

static sb_status open_plugin(const sb_host *host, const sb_registrar *registrar, const sb_task *task,
                             const sb_ext_home *home) {
  if (!run_adapter(false)) return refuse(host);
  sb_component_set_maker(python.PyDict_GetItemString(globals, "create"));
  sb_py *opened = python.PyObject_CallFunction(python.PyDict_GetItemString(globals, "open_plugin"), "(sssN)", task->file,
                                               home->data ? home->data : "", home->config ? home->config : "{}",
                                               told_classes(&task->classes));
  if (!opened) python.PyErr_Print();
  if (!opened || (python.PySequence_Size(opened) == 0)) return refuse(host);
  const sb_status status = enroll(registrar, &task->classes, opened);
  python.Py_DecRef(opened);
  return status;
}

/* A life in Python, which reads the socket itself. */
static int run_main(struct sb_channel *channel, const char *context, const sb_host *host) {
  (void)channel, (void)host;
  sb_python_hold();
  sb_py *code = python.PyObject_CallFunction(python.PyDict_GetItemString(globals, "serve_main"), "(s)", context);
  if (!code) python.PyErr_Print();
  return code ? (int)python.PyLong_AsLong(code) : 1;
}

static sb_status open_main(const sb_host *host, sb_registry *registry, const sb_task *task, const sb_ext_home *home) {
  if (!run_adapter(true)) return refuse(host);
  sb_py *opened = python.PyObject_CallFunction(python.PyDict_GetItemString(globals, "open_main"), "(sss)", task->file,
                                               home->data ? home->data : "", home->config ? home->config : "{}");
  if (!opened) python.PyErr_Print();
  if (!opened || python.PyLong_AsLong(opened) != 1) return refuse(host);
  registry->main_loop = run_main;
  return SB_OK;
}

SB_PLUGIN_EXPORT sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  const sb_task *task = host->extension(host, SB_EXT_TASK);
  const sb_ext_home *home = host->extension(host, SB_EXT_HOME);
  if (!task || !home) return host->fail(host, SB_UNSUPPORTED, "this is the adapter of plugins in Python, and no plugin");
  sb_status status = sb_adapter_check(host, &task->classes);
  if (status == SB_OK) status = sb_python_start(host);
  if (status != SB_OK) return status;
  sb_python_hold();
  status = task->is_main ? open_main(host, registrar->context, task, home) : open_plugin(host, registrar, task, home);
  sb_python_let_go();
  return status;
}
