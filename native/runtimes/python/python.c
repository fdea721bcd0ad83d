/* SPDX-License-Identifier: Apache-2.0 */
#include "python.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { OLDEST = 10, NEWEST = 30 };

sb_python python;
static void *thread;

/* Of Debian's own Python, for which its numpy is made; 0: it has none. */
static int usual_minor(void) {
  char target[64] = "";
  int minor = 0;
  const ssize_t length = readlink("/usr/bin/python3", target, sizeof target - 1);
  return length > 0 && sscanf(target, "python3.%d", &minor) == 1 ? minor : 0;
}

/* As the dynamic linker finds it. Its symbols are for numpy's libraries too. */
static void *open_library(char name[32], int minor) {
  snprintf(name, 32, "libpython3.%d.so.1.0", minor);
  return dlopen(name, RTLD_NOW | RTLD_GLOBAL);
}

static void *find_library(char name[32]) {
  const int usual = usual_minor();
  void *library = usual >= OLDEST ? open_library(name, usual) : NULL;
  for (int minor = NEWEST; !library && minor >= OLDEST; minor--) library = open_library(name, minor);
  return library;
}

static const char *find_functions(void *library) {
#define FIND(TYPE, NAME, ARGUMENTS) \
  if (!(*(void **)&python.NAME = dlsym(library, #NAME))) return #NAME;
  SB_PYTHON_FUNCTIONS(FIND)
  return NULL;
}

/* Neither variables nor files of a user or a site say what is imported, and nothing is written. */
static const char *keep_to_itself(void *library) {
  static const char *const flags[] = {"Py_IgnoreEnvironmentFlag", "Py_IsolatedFlag", "Py_NoSiteFlag",
                                      "Py_NoUserSiteDirectory", "Py_DontWriteBytecodeFlag"};
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
    int *flag = dlsym(library, flags[i]);
    if (!flag) return flags[i];
    *flag = 1;
  }
  return NULL;
}

/* OpenBLAS makes a thread for each core as it is loaded, and OpenSSL, which hashlib is of, reads /etc, unless told. */
static void clear_environment(void) {
  clearenv();
  setenv("PATH", "/usr/bin:/bin", 1);
  setenv("LANG", "C.UTF-8", 1);
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  setenv("OMP_NUM_THREADS", "1", 1);
  setenv("OPENSSL_CONF", "/dev/null", 1);
}

sb_status sb_python_start(const sb_host *host) {
  char name[32];
  void *library = find_library(name);
  if (!library) {
    char package[32] = "libpython3-dev"; /* of whichever version comes with python3-numpy */
    if (usual_minor() >= OLDEST) snprintf(package, sizeof package, "libpython3.%d", usual_minor());
    return host->fail(host, SB_UNSUPPORTED,
                      "Python is missing on this machine (libpython3.%d or later): as root, apt-get install "
                      "python3-numpy %s", OLDEST, package);
  }
  const char *missing = find_functions(library);
  if (!missing) missing = keep_to_itself(library);
  if (missing) return host->fail(host, SB_UNSUPPORTED, "%s has no %s, and is of no use here", name, missing);
  clear_environment();
  python.Py_InitializeEx(0);
  thread = python.PyEval_SaveThread();
  return SB_OK;
}

void sb_python_hold(void) { python.PyEval_RestoreThread(thread); }

void sb_python_let_go(void) { thread = python.PyEval_SaveThread(); }
