/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct problems {
  char *words;
  size_t room;
  bool any;
} problems;

static __attribute__((format(printf, 2, 3))) void complain(problems *found, const char *format, ...) {
  char problem[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(problem, sizeof problem, format, arguments);
  va_end(arguments);
  const size_t length = found->room > 0 ? strlen(found->words) : 0;
  snprintf(found->words + length, found->room - length, "%s%s", found->any ? "; " : "", problem);
  found->any = true;
}

static const struct number {
  const char *key;
  size_t offset;
  uint32_t minimum, maximum;
} numbers[] = {
    {"memory_mb", offsetof(sb_options, memory_mb), 1, 1 << 20},
    {"cpu_percent", offsetof(sb_options, cpu_percent), 1, 100 * 1024},
    {"file_mb", offsetof(sb_options, file_mb), 0, 1 << 20},
    {"processes", offsetof(sb_options, processes), 0, 1024},
    {"open_files", offsetof(sb_options, open_files), 4, 1 << 16}, /* fewer, and no library would load */
};

static const struct text {
  const char *key;
  size_t offset;
  bool is_path;
} texts[] = {
    {"folder", offsetof(sb_options, folder), true},
    {"data", offsetof(sb_options, data), true},
    {"config", offsetof(sb_options, config), false},
    {"name", offsetof(sb_options, name), false},
    {"file", offsetof(sb_options, file), true},
    {"classes", offsetof(sb_options, classes), false},
    {"program", offsetof(sb_options, program), true},
    {"service", offsetof(sb_options, service), false},
};

static const struct word {
  const char *key, *value;
  size_t offset;
  uint32_t number, keep; /* the bits of what was there that stay */
} words_known[] = {
    {"isolation", "process", offsetof(sb_options, is_in_process), 0, 0},
    {"isolation", "in-process", offsetof(sb_options, is_in_process), 1, 0},
    {"late", "dry", offsetof(sb_options, late), 0, 0},
    {"late", "hold", offsetof(sb_options, late), 1, 0},
    {"late", "silence", offsetof(sb_options, late), 2, 0},
    {"part", "stages", offsetof(sb_options, is_main), 0, 0},
    {"part", "main", offsetof(sb_options, is_main), 1, 0},
    {"permission", "network", offsetof(sb_options, permissions), SB_PERMIT_NETWORK, ~0u},
    {"permission", "processes", offsetof(sb_options, permissions), SB_PERMIT_PROCESSES, ~0u},
    {"permission", "threads", offsetof(sb_options, permissions), SB_PERMIT_THREADS, ~0u},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool is_path(const char *value) {
  const size_t length = strlen(value);
  if (value[0] != '/' || strstr(value, "/../")) return false;
  return length < 3 || strcmp(value + length - 3, "/..") != 0;
}

static bool read_number(const char *value, uint32_t *out) {
  if (value[0] == 0 || strlen(value) > 9 || strspn(value, "0123456789") != strlen(value)) return false;
  *out = (uint32_t)strtoul(value, NULL, 10);
  return true;
}

/* One of a fixed set of words; false if the key takes no words. */
static bool take_word(sb_options *out, problems *found, const char *key, const char *value) {
  char choices[96] = "";
  for (size_t i = 0; i < COUNT(words_known); i++) {
    const struct word *row = &words_known[i];
    if (strcmp(key, row->key) != 0) continue;
    if (strcmp(value, row->value) == 0) {
      uint32_t *field = (uint32_t *)((char *)out + row->offset);
      *field = (*field & row->keep) | row->number;
      return true;
    }
    const size_t length = strlen(choices);
    snprintf(choices + length, sizeof choices - length, "%s%s", length > 0 ? ", " : "", row->value);
  }
  if (!choices[0]) return false;
  complain(found, "%s=%s: must be one of %s", key, value, choices);
  return true;
}

static void take_listed_path(const char **list, uint32_t *count, problems *found, const char *key, const char *value) {
  if (!is_path(value)) complain(found, "%s=%s: must be an absolute path without \"..\"", key, value);
  else if (*count == SB_MAX_PATHS)
    complain(found, "%s=%s: one path too many, %d are the most", key, value, SB_MAX_PATHS);
  else list[(*count)++] = value;
}

static void take(sb_options *out, problems *found, const char *key, const char *value) {
  if (strcmp(key, "read") == 0) return take_listed_path(out->read, &out->read_count, found, key, value);
  if (strcmp(key, "write") == 0) return take_listed_path(out->write, &out->write_count, found, key, value);
  for (size_t i = 0; i < COUNT(numbers); i++) {
    const struct number *row = &numbers[i];
    if (strcmp(key, row->key) != 0) continue;
    uint32_t number;
    if (!read_number(value, &number) || number < row->minimum || number > row->maximum)
      complain(found, "%s=%s: must be a whole number from %u to %u", key, value, row->minimum, row->maximum);
    else memcpy((char *)out + row->offset, &number, sizeof number);
    return;
  }
  for (size_t i = 0; i < COUNT(texts); i++) {
    if (strcmp(key, texts[i].key) != 0) continue;
    const char **text = (const char **)((char *)out + texts[i].offset);
    if (texts[i].is_path && !is_path(value))
      complain(found, "%s=%s: must be an absolute path without \"..\"", key, value);
    else if (*text) complain(found, "%s=%s: stands there twice", key, value);
    else *text = value;
    return;
  }
  if (!take_word(out, found, key, value)) complain(found, "%s: there is no such option", key);
}

static void find_port(sb_options *out, problems *found) {
  const char *port = strrchr(out->service, ':');
  if (strncmp(out->service, "unix:", 5) == 0 && is_path(out->service + 5)) return;
  const bool is_web = strncmp(out->service, "http://", 7) == 0 || strncmp(out->service, "https://", 8) == 0;
  if (!is_web || !read_number(port + 1, &out->service_port) || out->service_port - 1 >= 65535)
    complain(found, "service=%s: must be http://HOST:PORT, https://HOST:PORT or unix:/PATH", out->service);
}

sb_status sb_options_parse(const char *text, sb_options *out, char *words, size_t room) {
  problems found = {.words = words, .room = room};
  if (room > 0) words[0] = 0;
  *out = (sb_options){.memory_mb = 64, .cpu_percent = 100, .open_files = 64, .text = strdup(text ? text : "")};
  if (!out->text) return complain(&found, "out of memory"), SB_NO_MEMORY;
  for (char *rest = out->text, *line; (line = strsep(&rest, "\n"));) {
    if (!*line) continue;
    char *value = strchr(line, '=');
    if (!value) {
      complain(&found, "%s: must be key=value", line);
      continue;
    }
    *value = 0;
    take(out, &found, line, value + 1);
  }
  if (out->service) find_port(out, &found);
  if (out->permissions & SB_PERMIT_PROCESSES && out->processes == 0)
    complain(&found, "permission=processes: needs processes=1 or more");
  if (!found.any) return SB_OK;
  sb_options_clear(out);
  return SB_INVALID;
}

void sb_options_clear(sb_options *options) {
  free(options->text);
  *options = (sb_options){0};
}
