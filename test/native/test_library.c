/* SPDX-License-Identifier: Apache-2.0 */
#include "test_library.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "error.h"

enum { MOST = 128 };

static char folder[64];
static pid_t owner;
static struct {
  char *name, *path;
} built[MOST];
static int count;

/* What a plugin held that fell over is left behind on purpose. */
SB_EXPORT const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:faulty.cpp\nleak:__cxa_allocate_exception\nleak:_S_create\n"; }

/* Where a library may end the process, a child opens it, and that needs a thread. */
SB_EXPORT const char *__tsan_default_options(void);
const char *__tsan_default_options(void) { return "die_after_fork=0"; }

static int drop(const char *path, const struct stat *info, int kind, struct FTW *walk) {
  (void)info, (void)kind, (void)walk;
  return remove(path);
}

static void drop_folder(void) {
  if (getpid() == owner) nftw(folder, drop, 8, FTW_DEPTH | FTW_PHYS);
}

const char *test_path(const char *name) {
  static char paths[MOST][128];
  static int used;
  if (!*folder) {
    strcpy(folder, "/tmp/stagebox-test-XXXXXX");
    owner = getpid();
    if (mkdtemp(folder)) atexit(drop_folder);
  }
  char *path = paths[used++ % MOST];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

const char *test_library(const char *source, const char *flags) {
  char name[1024], command[4096], file[64];
  snprintf(name, sizeof name, "%s %s", source, flags);
  for (int i = 0; i < count; i++)
    if (strcmp(built[i].name, name) == 0) return built[i].path;
  snprintf(file, sizeof file, "lib%d.so", count);
  const char *path = test_path(file), *compiler = strstr(source, ".cpp") ? "-x c++ -std=c++17" : "-std=c11 -D_GNU_SOURCE";
  /* gcc takes both languages; a C++ library needs its run time named. */
  snprintf(command, sizeof command, "%s %s -O1 -g -fPIC -shared -w -I" SB_REPOSITORY "/native/include %s -o %s " SB_REPOSITORY "/test/plugins/libraries/%s %s", SB_COMPILER, compiler, flags,
           path, source, strstr(source, ".cpp") ? "-x none -lstdc++" : "");
  if (count == MOST || system(command) != 0) return check_skip("the library cannot be compiled here"), NULL;
  built[count].name = strdup(name);
  built[count].path = (char *)path;
  return built[count++].path;
}

uint8_t *test_read(const char *path, size_t *bytes) {
  FILE *file = fopen(path, "rb");
  struct stat info;
  if (!file || stat(path, &info) != 0) return NULL;
  uint8_t *content = malloc((size_t)info.st_size + 1);
  *bytes = fread(content, 1, (size_t)info.st_size, file);
  fclose(file);
  return content;
}

void test_write(const char *path, const void *bytes, size_t number) {
  FILE *file = fopen(path, "wb");
  if (!file) return;
  fwrite(bytes, 1, number, file);
  fclose(file);
}

sb_library *test_open(const char *path) {
  sb_library *library = sb_library_open(path, "isolation=in-process\nmemory_mb=512\n");
  if (!library) return NULL;
  int32_t status;
  while ((status = sb_library_poll(library)) == SB_AGAIN) usleep(200);
  if (status == SB_OK) return library;
  char words[1024];
  snprintf(words, sizeof words, "%s", sb_last_error());
  sb_library_close(library);
  return sb_error(status, "%s", words), NULL;
}

bool test_opens(const char *path) {
  sb_library *library = test_open(path);
  sb_library_close(library);
  return library != NULL;
}
