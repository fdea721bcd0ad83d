/* SPDX-License-Identifier: Apache-2.0 */
#include "census.h"

#include <dirent.h>

static DIR *files, *threads;

void census_prepare(void) {
  files = opendir("/proc/self/fd");
  threads = opendir("/proc/self/task");
}

static long entries_of(DIR *folder) {
  long count = 0;
  if (!folder) return 0;
  rewinddir(folder);
  while (readdir(folder)) count++;
  return count;
}

census census_take(void) { return (census){memory_held(), entries_of(files), entries_of(threads)}; }
