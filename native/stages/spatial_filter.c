/* SPDX-License-Identifier: Apache-2.0
 *
 * Any linear mixture of the channels: Laplacian, CSP, xDAWN, ICA unmixing.
 */
#include <matrix.h>
#include <stagebox/stagebox.h>
#include <stdio.h>
#include <stdlib.h>

#include "channel_names.h"

enum { MATRIX, NAMES, MAX_COEFFICIENTS = 1 << 22 };

typedef struct spatial_filter {
  uint32_t outputs, inputs, out_stride;
  float *columns; /* [inputs x out_stride] */
  char **names;   /* [outputs] */
} spatial_filter;

static const sb_param params[] = {
    [MATRIX] = {.id = "matrix", .kind = SB_PARAM_MATRIX, .flags = SB_PARAM_REQUIRED, .minimum = -1e9, .maximum = 1e9,
                .description = "One row for each output channel, with one weight for each input channel."},
    [NAMES] = {.id = "names", .kind = SB_PARAM_NAMES, .fallback = "[]",
               .description = "Names of the output channels; none: S1, S2 ..."},
};

static void destroy(void *self) {
  spatial_filter *stage = self;
  free(stage->columns), free(stage->names), free(stage);
}

static char **number_names(uint32_t count) {
  enum { BYTES = 12 };
  char **names = malloc(count * (sizeof *names + BYTES));
  if (!names) return NULL;
  for (uint32_t i = 0; i < count; i++) {
    names[i] = (char *)(names + count) + (size_t)i * BYTES;
    snprintf(names[i], BYTES, "S%u", i + 1);
  }
  return names;
}

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  const sb_value *matrix = &values[MATRIX], *names = &values[NAMES];
  if (matrix->rows == 0 || matrix->columns == 0)
    return host->fail(host, SB_INVALID, "matrix: is empty; give a row for each output channel");
  if ((uint64_t)matrix->rows * matrix->columns > MAX_COEFFICIENTS)
    return host->fail(host, SB_INVALID, "matrix: %u x %u is too large; use at most %d weights", matrix->rows, matrix->columns,
                      MAX_COEFFICIENTS);
  if (names->rows != 0 && names->rows != matrix->rows)
    return host->fail(host, SB_INVALID, "names: there are %u names for %u rows; give one for each, or none", names->rows,
                      matrix->rows);
  spatial_filter *stage = calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->outputs = matrix->rows;
  stage->inputs = matrix->columns;
  stage->out_stride = sb_stride(stage->outputs, 1);
  stage->columns = calloc((size_t)stage->inputs * stage->out_stride, sizeof(float));
  stage->names = names->rows ? sb_names_copy(names) : number_names(stage->outputs);
  if (!stage->columns || !stage->names) {
    destroy(stage);
    return host->fail(host, SB_NO_MEMORY, "out of memory");
  }
  for (uint32_t o = 0; o < stage->outputs; o++)
    for (uint32_t i = 0; i < stage->inputs; i++)
      stage->columns[(size_t)i * stage->out_stride + o] = (float)matrix->numbers[(size_t)o * stage->inputs + i];
  *self = stage;
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  const spatial_filter *stage = self;
  if (stage->inputs != in->channels)
    return host->fail(host, SB_INVALID, "matrix: has %u columns for %u channels; give each row one weight for each channel",
                      stage->inputs, in->channels);
  out->channels = stage->outputs;
  out->channel_names = (const char *const *)stage->names;
  return SB_OK;
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  const spatial_filter *stage = self;
  sb_matrix_run(in->data, in->stride, stage->inputs, out->data, out->stride, in->frames, stage->columns);
  return SB_OK;
}

static void deactivate(void *self) { (void)self; }

const sb_stage_class sb_stage_spatial_filter = {
    .size = sizeof(sb_stage_class),
    .type = "spatial_filter",
    .name = "Spatial filter",
    .category = "spatial",
    .description = "Multiplies every frame by a matrix: Laplacian, CSP, ICA and any other linear mixture of the channels.",
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
