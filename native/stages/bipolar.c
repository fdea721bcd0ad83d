/* SPDX-License-Identifier: Apache-2.0
 *
 * Bipolar montage: differences of pairs of channels.
 */
#include <reference.h>
#include <stagebox/stagebox.h>
#include <stdlib.h>

#include "channel_names.h"

enum { PAIRS, MAX_PAIRS = 4096 };

typedef struct bipolar {
  char **pairs;
  uint32_t count, *plus, *minus; /* [count] each */
} bipolar;

static const sb_param params[] = {
    [PAIRS] = {.id = "pairs", .kind = SB_PARAM_NAMES, .flags = SB_PARAM_REQUIRED,
               .description = "One output channel each, as \"Fp1-F3\": the first channel minus the second."},
};

static void destroy(void *self) {
  free(((bipolar *)self)->pairs);
  free(self);
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  if (values[PAIRS].rows == 0) return host->fail(host, SB_INVALID, "pairs: is empty; name at least one pair, as \"Fp1-F3\"");
  if (values[PAIRS].rows > MAX_PAIRS)
    return host->fail(host, SB_INVALID, "pairs: %u are too many; name at most %d", values[PAIRS].rows, MAX_PAIRS);
  bipolar *stage = calloc(1, sizeof *stage);
  if (stage) stage->pairs = sb_names_copy(&values[PAIRS]);
  if (!stage || !stage->pairs) {
    free(stage);
    return host->fail(host, SB_NO_MEMORY, "out of memory");
  }
  stage->count = values[PAIRS].rows;
  *self = stage;
  return SB_OK;
}

/* Channels may have hyphens in their names: every one is tried as the minus sign. */
static sb_status find_pair(const sb_host *host, const sb_format *in, const char *pair, uint32_t *plus, uint32_t *minus) {
  const char *sign = strchr(pair, '-');
  if (!sign) return host->fail(host, SB_INVALID, "pairs: \"%s\" has no minus sign; write two channels as \"Fp1-F3\"", pair);
  for (const char *at = sign; at; at = strchr(at + 1, '-')) {
    const int64_t first = sb_channel_index(in, pair, (size_t)(at - pair)), second = sb_channel_index(in, at + 1, strlen(at + 1));
    if (first < 0 || second < 0) continue;
    *plus = (uint32_t)first, *minus = (uint32_t)second;
    return SB_OK;
  }
  char first[64] = "";
  memcpy(first, pair, (size_t)(sign - pair) < sizeof first ? (size_t)(sign - pair) : sizeof first - 1);
  const sb_status status = sb_channel_find(host, "pairs", in, first, plus);
  return status != SB_OK ? status : sb_channel_find(host, "pairs", in, sign + 1, minus);
}

static void deactivate(void *self) {
  bipolar *stage = self;
  free(stage->plus);
  stage->plus = stage->minus = NULL;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  bipolar *stage = self;
  stage->plus = calloc((size_t)2 * stage->count, sizeof(uint32_t));
  if (!stage->plus) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->minus = stage->plus + stage->count;
  for (uint32_t i = 0; i < stage->count; i++) {
    const sb_status status = find_pair(host, in, stage->pairs[i], &stage->plus[i], &stage->minus[i]);
    if (status != SB_OK) return deactivate(stage), status;
  }
  out->channels = stage->count;
  out->channel_names = (const char *const *)stage->pairs;
  return SB_OK;
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  const bipolar *stage = self;
  sb_bipolar_run(in->data, in->stride, out->data, out->stride, in->frames, stage->plus, stage->minus, stage->count);
  return SB_OK;
}

const sb_stage_class sb_stage_bipolar = {
    .size = sizeof(sb_stage_class),
    .type = "bipolar",
    .name = "Bipolar montage",
    .category = "spatial",
    .description = "Makes one channel of each named pair: the first minus the second.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_SIGNAL,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
    .activate = activate,
    .process = process,
    .deactivate = deactivate,
    .destroy = destroy,
};
