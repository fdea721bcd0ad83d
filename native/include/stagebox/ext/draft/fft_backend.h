/* SPDX-License-Identifier: Apache-2.0
 *
 * Extension "stagebox.draft.fft_backend" of the host: Fourier transforms of a plugin in the place of the built-in ones.
 * Draft: it may change until it leaves this folder.
 *
 *     const sb_ext_fft_backend_host *ext = host->extension(host, SB_EXT_FFT_BACKEND_HOST);
 *     if (!ext) return host->fail(host, SB_UNSUPPORTED, "...");    // not in this process: see isolation in plugin.toml
 *     return ext->offer(host, &my_backend);
 *
 * The offer is made in stagebox_register and holds until the library is closed. Stages that are made from then on use it;
 * those that run keep what they have, and so the library, until they are gone.
 */
#ifndef STAGEBOX_EXT_DRAFT_FFT_BACKEND_H
#define STAGEBOX_EXT_DRAFT_FFT_BACKEND_H

#include <stdint.h>

#include "../../host.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SB_EXT_FFT_BACKEND_HOST "stagebox.draft.fft_backend"

enum { SB_FFT_LANES = 8 }; /* channels that are transformed at once, each in a lane of its own */

/* Transforms of `frames` real frames, an even number with no prime factor above 7:
 *
 *     X[b] = sum over t of x[t] exp(-2 pi i b t / frames),   b = 0 .. frames / 2
 *
 * x: rows of SB_FFT_LANES floats, a row a frame. X: rows of SB_FFT_LANES floats, the real part of bin b in row 2 * b, the
 * imaginary part in row 2 * b + 1; frames + 2 rows. Both are aligned to 64 bytes. */
typedef struct sb_fft_backend {
  uint32_t size;    /* sizeof(sb_fft_backend): this struct grows only at its end */
  uint32_t reserved;
  const char *name; /* "fftw 3.3.10" */

  /* A plan, used by one thread at a time. NULL: the built-in transform does it. [control] */
  void *(*create)(uint32_t frames);
  /* `in` may be used up. [rt] */
  void (*forward)(void *plan, float *in, float *out);
  /* Undoes forward, scale and all. `in` may be used up. [rt] */
  void (*inverse)(void *plan, float *in, float *out);
  /* [control] */
  void (*destroy)(void *plan);
} sb_fft_backend;

typedef struct sb_ext_fft_backend_host {
  /* The backend must live as long as the library is open. In stagebox_register only. [control] */
  sb_status (*offer)(const sb_host *host, const sb_fft_backend *backend);
} sb_ext_fft_backend_host;

#ifdef __cplusplus
}
#endif
#endif
