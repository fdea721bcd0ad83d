/* SPDX-License-Identifier: Apache-2.0 */
#include "string_list.h"

#include <stdlib.h>
#include <string.h>

const char *const *sb_strings_unpack(const char *strings, uint32_t count) {
  size_t bytes = 0;
  for (uint32_t i = 0; i < count; i++) bytes += strlen(strings + bytes) + 1;
  char **list = malloc((count + 1) * sizeof *list + bytes);
  if (!list) return NULL;
  char *copy = memcpy(list + count + 1, strings, bytes);
  for (uint32_t i = 0; i < count; i++, copy += strlen(copy) + 1) list[i] = copy;
  list[count] = NULL;
  return (const char *const *)list;
}

const char *const *sb_strings_copy(const char *const *names, uint32_t count) {
  if (!names) return NULL;
  size_t bytes = 0;
  for (uint32_t i = 0; i < count; i++) bytes += strlen(names[i]) + 1;
  char **list = malloc((count + 1) * sizeof *list + bytes);
  if (!list) return NULL;
  char *copy = (char *)(list + count + 1);
  for (uint32_t i = 0; i < count; i++) {
    list[i] = strcpy(copy, names[i]);
    copy += strlen(copy) + 1;
  }
  list[count] = NULL;
  return (const char *const *)list;
}
