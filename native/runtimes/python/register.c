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
#include "task.h"

SB_PLUGIN

__asm__(".pushsection .rodata\n"
        "adapter_source:\n"
        ".incbin \"runtimes/python/adapter.py\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const char adapter_source[] __attribute__((visibility("hidden")));

/* The globals of adapter.py; NULL, and the log says why. */
static sb_py *run_adapter(void) {
  sb_py *module = python.PyImport_AddModule("stagebox_adapter");
  sb_py *globals = module ? python.PyModule_GetDict(module) : NULL;
  sb_py *code = globals ? python.Py_CompileString(adapter_source, "<stagebox>/adapter.py", SB_PY_FILE_INPUT) : NULL;
  sb_py *result = code ? python.PyEval_EvalCode(code, globals, globals) : NULL;
  if (!result) python.PyErr_Print();
  return result ? globals : NULL;
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
  sb_py *globals = run_adapter();
  sb_py *open = globals ? python.PyDict_GetItemString(globals, "open_plugin") : NULL;
  sb_component_set_maker(globals ? python.PyDict_GetItemString(globals, "create") : NULL);
  sb_py *opened = open ? python.PyObject_CallFunction(open, "(sssN)", task->file, home->data ? home->data : "",
                                                      home->config ? home->config : "{}", told_classes(&task->classes))
                       : NULL;
  if (!opened) {
    python.PyErr_Print();
    return host->fail(host, SB_INVALID, "Python could not be started; the log says why");
  }
  sb_py *words = python.PyDict_GetItemString(globals, "problem");
  const char *problem = words ? python.PyUnicode_AsUTF8AndSize(words, NULL) : "its words are lost";
  if (!problem || *problem) return host->fail(host, SB_INVALID, "%s", problem ? problem : "its words are lost");
  const sb_status status = enroll(registrar, &task->classes, opened);
  python.Py_DecRef(opened);
  return status;
}

SB_PLUGIN_EXPORT sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  const sb_task *task = host->extension(host, SB_EXT_TASK);
  const sb_ext_home *home = host->extension(host, SB_EXT_HOME);
  if (!task || !home) return host->fail(host, SB_UNSUPPORTED, "this is the adapter of plugins in Python, and no plugin");
  sb_status status = sb_adapter_check(host, &task->classes);
  if (status == SB_OK) status = sb_python_start(host);
  if (status != SB_OK) return status;
  sb_python_hold();
  status = open_plugin(host, registrar, task, home);
  sb_python_let_go();
  return status;
}
