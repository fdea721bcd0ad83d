/* SPDX-License-Identifier: Apache-2.0 */
#include "channel_names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

char **sb_names_copy(const sb_value *value) {
  size_t bytes = 0;
  for (uint32_t i = 0; i < value->rows; i++) bytes += strlen(value->texts[i]) + 1;
  char **names = malloc((value->rows + 1) * sizeof *names + bytes);
  if (!names) return NULL;
  char *text = (char *)(names + value->rows + 1);
  for (uint32_t i = 0; i < value->rows; i++) {
    names[i] = strcpy(text, value->texts[i]);
    text += strlen(text) + 1;
  }
  names[value->rows] = NULL;
  return names;
}

int64_t sb_channel_index(const sb_format *in, const char *name, size_t name_bytes) {
  for (uint32_t i = 0; i < in->channels; i++)
    if (strlen(in->channel_names[i]) == name_bytes && strncasecmp(in->channel_names[i], name, name_bytes) == 0) return i;
  return -1;
}

/* Edit distance (Levenshtein 1966) of the first 31 characters, without regard to case. */
static uint32_t distance(const char *a, const char *b) {
  enum { LONGEST = 31 };
  uint32_t row[LONGEST + 1], length = (uint32_t)strnlen(b, LONGEST);
  for (uint32_t j = 0; j <= length; j++) row[j] = j;
  for (uint32_t i = 0; i < LONGEST && a[i]; i++) {
    uint32_t diagonal = row[0];
    row[0] = i + 1;
    for (uint32_t j = 0; j < length; j++) {
      const uint32_t change = diagonal + (tolower((unsigned char)a[i]) != tolower((unsigned char)b[j]));
      const uint32_t shorter = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;
      diagonal = row[j + 1];
      row[j + 1] = change < shorter ? change : shorter;
    }
  }
  return row[length];
}

sb_status sb_channel_find(const sb_host *host, const char *param, const sb_format *in, const char *name, uint32_t *channel) {
  enum { LISTED = 5 };
  const int64_t index = sb_channel_index(in, name, strlen(name));
  if (index >= 0) {
    *channel = (uint32_t)index;
    return SB_OK;
  }
  uint32_t nearest[LISTED], count = 0;
  for (uint32_t i = 0; i < in->channels; i++) {
    uint32_t at = count;
    while (at > 0 && distance(name, in->channel_names[nearest[at - 1]]) > distance(name, in->channel_names[i])) at--;
    if (at == LISTED) continue;
    if (count < LISTED) count++;
    memmove(&nearest[at + 1], &nearest[at], (count - 1 - at) * sizeof *nearest);
    nearest[at] = i;
  }
  char list[256] = "";
  for (uint32_t i = 0, used = 0; i < count && used < sizeof list - 1; i++)
    used += (uint32_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", in->channel_names[nearest[i]]);
  return host->fail(host, SB_INVALID, "%s: there is no channel \"%s\"; the nearest of %u are %s", param, name, in->channels, list);
}
