/* SPDX-License-Identifier: Apache-2.0
 *
 * What the host offers to a library in this process, beyond words for a failure: where it is at home, and to put its
 * Fourier transforms in the place of the built-in ones.
 */
#include <stagebox/ext/draft/fft_backend.h>
#include <string.h>

#include "class_check.h"
#include "error.h"
#include "library.h"

static sb_library *library_of(const sb_host *host) { return host->context; }

static sb_status offer_fft(const sb_host *host, const sb_fft_backend *backend) {
  sb_library *library = library_of(host);
  if (library->status != SB_AGAIN)
    return sb_error(SB_WRONG_STATE, "an FFT backend is offered in stagebox_register only");
  const sb_status status = sb_fft_backend_check(backend);
  if (status == SB_OK) library->fft_backend = backend;
  return status;
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
