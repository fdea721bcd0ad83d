/* SPDX-License-Identifier: Apache-2.0 */
#include "fence.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trial.h"

enum { MOST = 64, ALIGNMENT = 64, SLACK_BYTE = 0xa5 };

typedef struct region {
  const char *name;
  uint8_t *map, *data;      /* the first forbidden page, the memory */
  size_t map_bytes, bytes, page;
  bool read_only;
} region;

static region regions[MOST];
static int region_count;

static region *region_of(const void *fenced) {
  for (int i = 0; i < region_count; i++)
    if (regions[i].data == fenced) return &regions[i];
  return NULL;
}

void *fence_memory(const char *name, size_t bytes, fence_edge edge) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), inner = (bytes + page - 1) / page * page + (bytes == 0 ? page : 0);
  uint8_t *map = mmap(NULL, inner + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED || region_count == MOST || mprotect(map + page, inner, PROT_READ | PROT_WRITE) != 0)
    trial_fail(OUT_OF_MEMORY);
  const size_t used = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  uint8_t *data = edge == FENCE_BEFORE ? map + page : map + page + inner - used;
  regions[region_count++] = (region){name, map, data, inner + 2 * page, bytes, page, false};
  memset(data + bytes, SLACK_BYTE, used - bytes);
  return data;
}

void fence_release(void *fenced) {
  region *r = region_of(fenced);
  if (!r) return;
  munmap(r->map, r->map_bytes);
  *r = regions[--region_count];
}

void fence_set_read_only(void *fenced, bool read_only) {
  region *r = region_of(fenced);
  if (!r || r->read_only == read_only) return;
  r->read_only = read_only;
  mprotect(r->map + r->page, r->map_bytes - 2 * r->page, read_only ? PROT_READ : PROT_READ | PROT_WRITE);
}

bool fence_slack_stands(const void *fenced) {
  const region *r = region_of(fenced);
  for (size_t i = r->bytes; i % ALIGNMENT != 0; i++)
    if (r->data[i] != SLACK_BYTE) return false;
  return true;
}

const char *fence_explain(const void *touched, fence_access how) {
  static char words[200];
  const uint8_t *address = touched;
  const char *verb = how == FENCE_WRITTEN ? "writes" : how == FENCE_READ ? "reads" : "reaches";
  for (int i = 0; i < region_count; i++) {
    const region *r = &regions[i];
    if (address < r->map || address >= r->map + r->map_bytes) continue;
    if (address < r->data)
      snprintf(words, sizeof words, "%s before its %s, %td bytes", verb, r->name, r->data - address);
    else if (address >= r->data + r->bytes)
      snprintf(words, sizeof words, "%s beyond its %s, %td bytes behind its end", verb, r->name,
               address - (r->data + r->bytes));
    else
      snprintf(words, sizeof words, "writes into its %s, which is not its own", r->name);
    return words;
  }
  return NULL;
}
