/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Fourier transforms by FFTW (Debian's libfftw3f) in the place of the built-in ones. FFTW is under the GPL, and so is this
 * plugin; nothing else of Stagebox links it.
 */
#include <fftw3.h>
#include <pthread.h>
#include <stagebox/ext/draft/fft_backend.h>
#include <stagebox/stagebox.h>
#include <stdlib.h>

SB_PLUGIN

enum { LANES = SB_FFT_LANES };
static const double PLANNING_S = 0.2; /* FFTW tries plans for no longer than this */

typedef struct fftw_plan_pair {
  uint32_t frames;
  fftwf_plan forward, inverse;
} fftw_plan_pair;

/* FFTW's planner is one for the process, and for one thread at a time; carrying plans out is not bound by that. */
static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

static void destroy_plans(fftw_plan_pair *pair) {
  if (pair->forward) fftwf_destroy_plan(pair->forward);
  if (pair->inverse) fftwf_destroy_plan(pair->inverse);
  free(pair);
}

/* Rows of LANES floats on both sides; of a bin the real parts, then the imaginary ones. */
static void make_plans(fftw_plan_pair *pair, float *x, float *X) {
  const int frames = (int)pair->frames;
  const fftwf_iodim forward = {frames, LANES, 2 * LANES}, inverse = {frames, 2 * LANES, LANES}, lanes = {LANES, 1, 1};
  const unsigned flags = FFTW_MEASURE | FFTW_DESTROY_INPUT;
  fftwf_set_timelimit(PLANNING_S);
  pair->forward = fftwf_plan_guru_split_dft_r2c(1, &forward, 1, &lanes, x, X, X + LANES, flags);
  pair->inverse = fftwf_plan_guru_split_dft_c2r(1, &inverse, 1, &lanes, X, X + LANES, x, flags);
}

static void *create(uint32_t frames) {
  fftw_plan_pair *pair = calloc(1, sizeof *pair);
  if (!pair) return NULL;
  pair->frames = frames;
  pthread_mutex_lock(&planner);
  float *x = fftwf_alloc_real((size_t)frames * LANES), *X = fftwf_alloc_real(((size_t)frames + 2) * LANES);
  if (x && X) make_plans(pair, x, X);
  fftwf_free(x), fftwf_free(X);
  const int is_whole = pair->forward && pair->inverse;
  if (!is_whole) destroy_plans(pair);
  pthread_mutex_unlock(&planner);
  return is_whole ? pair : NULL;
}

static void destroy(void *plan) {
  pthread_mutex_lock(&planner);
  destroy_plans(plan);
  pthread_mutex_unlock(&planner);
}

static void forward(void *plan, float *in, float *out) {
  fftwf_execute_split_dft_r2c(((fftw_plan_pair *)plan)->forward, in, out, out + LANES);
}

/* FFTW's inverse is `frames` times too large. */
static void inverse(void *plan, float *in, float *out) {
  const fftw_plan_pair *pair = plan;
  const float scale = 1 / (float)pair->frames;
  fftwf_execute_split_dft_c2r(pair->inverse, in, in + LANES, out);
  for (size_t i = 0; i < (size_t)pair->frames * LANES; i++) out[i] *= scale;
}

static sb_fft_backend backend = {
    .size = sizeof(sb_fft_backend),
    .create = create,
    .forward = forward,
    .inverse = inverse,
    .destroy = destroy,
};

sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  (void)registrar;
  const sb_ext_fft_backend_host *ext = host->extension(host, SB_EXT_FFT_BACKEND_HOST);
  if (!ext) return host->fail(host, SB_UNSUPPORTED, "an FFT backend works in Stagebox's own process only: trust this plugin");
  backend.name = fftwf_version;
  return ext->offer(host, &backend);
}

/* What FFTW has kept of its plans goes with the library. */
__attribute__((destructor)) static void clean_up(void) { fftwf_cleanup(); }
