/* SPDX-License-Identifier: Apache-2.0
 *
 * What the host offers to a library in this process, beyond words for a failure: where it is at home, and to put its
 * Fourier transforms in the place of the built-in ones.
 */
#include <fft_backend.h>
#include <stagebox/ext/draft/fft_backend.h>
#include <stdlib.h>

#include "error.h"
#include "home.h"
#include "library.h"

static sb_library *library_of(const sb_host *host) { return host->context; }

static sb_status offer_fft(const sb_host *host, const sb_fft_backend *backend) {
  sb_library *library = library_of(host);
  if (library->status != SB_AGAIN) return sb_error(SB_WRONG_STATE, "an FFT backend is offered in stagebox_register only");
  if (backend->size < sizeof *backend || !backend->name || !backend->create || !backend->forward || !backend->inverse || !backend->destroy)
    return sb_error(SB_INVALID, "the FFT backend lacks a name or a function; fill in all of sb_fft_backend");
  library->fft_backend = backend;
  return SB_OK;
}

static const void *extension(const sb_host *host, const char *id) {
  static const sb_ext_fft_backend_host fft_backend_host = {offer_fft};
  if (strcmp(id, SB_EXT_FFT_BACKEND_HOST) == 0) return &fft_backend_host;
  return strcmp(id, SB_EXT_HOME) == 0 ? &library_of(host)->home : NULL;
}

sb_host sb_library_host_of(sb_library *library) {
  sb_host host = sb_engine_host;
  host.context = library;
  host.extension = extension;
  return host;
}

/* ---- the FFT backend in force ---- */

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

void sb_fft_backend_enter(sb_library *library) {
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

void sb_fft_backend_leave(const sb_library *library) {
  if (lender != library) return;
  sb_fft_set_backend(NULL);
  lender = NULL;
}

const char *sb_fft_backend_name(void) { return lender ? lender->fft_backend->name : "built-in"; }
