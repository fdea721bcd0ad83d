/* SPDX-License-Identifier: Apache-2.0
 *
 * CPython as it is found on this machine: no header of it is needed to build this, and nothing is linked. All that is
 * called is of its stable ABI (PEP 384), the same from 3.10 on; only the flags that keep an interpreter to itself are
 * older than that.
 */
#ifndef STAGEBOX_PYTHON_H
#define STAGEBOX_PYTHON_H

#include <stagebox/host.h>
#include <stddef.h>

typedef struct sb_py sb_py; /* PyObject */

#define SB_PYTHON_FUNCTIONS(F)                                        \
  F(void, Py_InitializeEx, (int signals))                             \
  F(void *, PyEval_SaveThread, (void))                                \
  F(void, PyEval_RestoreThread, (void *thread))                       \
  F(void, Py_DecRef, (sb_py *))                                       \
  F(sb_py *, PyImport_AddModule, (const char *name)) /* borrowed */   \
  F(sb_py *, PyModule_GetDict, (sb_py *)) /* borrowed */              \
  F(sb_py *, Py_CompileString, (const char *, const char *file, int)) \
  F(sb_py *, PyEval_EvalCode, (sb_py *, sb_py *globals, sb_py *))     \
  F(sb_py *, PyDict_GetItemString, (sb_py *, const char *)) /* borrowed */ \
  F(int, PyDict_SetItemString, (sb_py *, const char *, sb_py *))      \
  F(sb_py *, PyDict_New, (void))                                      \
  F(sb_py *, PyList_New, (ptrdiff_t))                                 \
  F(int, PyList_Append, (sb_py *, sb_py *))                           \
  F(sb_py *, PySequence_GetItem, (sb_py *, ptrdiff_t))                \
  F(ptrdiff_t, PySequence_Size, (sb_py *))                            \
  F(sb_py *, PyMemoryView_FromMemory, (char *, ptrdiff_t, int))       \
  F(sb_py *, PyUnicode_FromString, (const char *))                    \
  F(const char *, PyUnicode_AsUTF8AndSize, (sb_py *, ptrdiff_t *))    \
  F(sb_py *, PyFloat_FromDouble, (double))                            \
  F(sb_py *, PyLong_FromLongLong, (long long))                        \
  F(sb_py *, PyBool_FromLong, (long))                                 \
  F(long, PyLong_AsLong, (sb_py *))                                   \
  F(double, PyFloat_AsDouble, (sb_py *))                              \
  F(sb_py *, Py_BuildValue, (const char *, ...))                      \
  F(sb_py *, PyObject_GetAttrString, (sb_py *, const char *))         \
  F(sb_py *, PyObject_CallFunction, (sb_py *, const char *, ...))     \
  F(int, PyArg_ParseTuple, (sb_py *, const char *, ...))              \
  F(void, PyErr_Print, (void))

#define SB_PYTHON_DECLARE(TYPE, NAME, ARGUMENTS) TYPE(*NAME) ARGUMENTS;
typedef struct sb_python {
  SB_PYTHON_FUNCTIONS(SB_PYTHON_DECLARE)
} sb_python;

extern sb_python python;

enum { SB_PY_FILE_INPUT = 257, SB_PY_READ = 0x100, SB_PY_WRITE = 0x200 }; /* of its headers */

/* Finds it and starts an interpreter that knows nothing of the environment. SB_UNSUPPORTED, with words through `host`,
 * if this machine has none. Once. */
sb_status sb_python_start(const sb_host *host);

/* Whoever calls into it holds it meanwhile; between two calls threads of the plugin's may. */
void sb_python_hold(void);
void sb_python_let_go(void);

#endif
