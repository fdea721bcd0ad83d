/* SPDX-License-Identifier: Apache-2.0 */
#include "fft_lending.h"

#include <fft_backend.h>
#include <stagebox/ext/draft/fft_backend.h>
#include <stdlib.h>

static sb_library *lender; /* NULL: the built-in one */

static void *create_plan(void *context, uint32_t size) {
  sb_library *library = context;
  void *plan = library->fft_backend->create(size);
  if (plan) atomic_fetch_add(&library->nodes, 1); /* as a node does, a plan keeps its library open */
  return plan;
}

static void destroy_plan(void *context, void *plan) {
  sb_library *library = context;
  library->fft_backend->destroy(plan);
  sb_library_release(library);
}

void sb_fft_lending_begin(sb_library *library) {
  if (!library->fft_backend) return;
  library->fft_transforms = calloc(1, sizeof *library->fft_transforms);
  if (!library->fft_transforms) return;
  *library->fft_transforms = (sb_fft_transforms){.context = library,
                                                 .create = create_plan,
                                                 .forward = library->fft_backend->forward,
                                                 .inverse = library->fft_backend->inverse,
                                                 .destroy = destroy_plan};
  sb_fft_set_backend(library->fft_transforms);
  lender = library;
}

void sb_fft_lending_end(const sb_library *library) {
  if (lender != library) return;
  sb_fft_set_backend(NULL);
  lender = NULL;
}

const char *sb_fft_backend_name(void) { return lender ? lender->fft_backend->name : "built-in"; }
