/* SPDX-License-Identifier: Apache-2.0
 *
 * FFTW in the place of the built-in transforms, through the loader.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "engine/ramp.h"
#include "fft.h"
#include "noise.h"
#include "test_library.h"

enum { STRIDE = 24 };

static const char *fftw_library(void) {
  return test_library("../../../plugins/fftw-backend/src/fftw_backend.c", "-Wl,--no-as-needed -lfftw3f");
}

static bool is_in_force(void) { return strncmp(sb_fft_backend_name(), "fftw-3", 6) == 0; }

static bool is_loaded(const char *name) {
  char line[512];
  bool found = false;
  FILE *maps = fopen("/proc/self/maps", "r");
  while (maps && fgets(line, sizeof line, maps)) found |= strstr(line, name) != NULL;
  if (maps) fclose(maps);
  return found;
}

static float *rows(uint32_t count) { return aligned_alloc(64, (size_t)count * STRIDE * sizeof(float)); }

static void check_near(const float *got, const float *want, size_t count, double tolerance, const char *what, uint32_t size) {
  double worst = 0;
  for (size_t i = 0; i < count; i++) {
    const double error = fabs((double)got[i] - (double)want[i]);
    if (!(error <= worst)) worst = error;
  }
  check_that(worst <= tolerance, __FILE__, __LINE__, "%s of %u frames is off by %g", what, size, worst);
}

static void compare(sb_fft *ours, sb_fft *theirs, uint32_t size) {
  float *x = rows(size), *a = rows(size + 2), *b = rows(size + 2), *window = rows(size);
  noise_fill(x, size * STRIDE, size);
  for (uint32_t i = 0; i < size; i++) window[i] = (float)(0.5 - 0.5 * cos(2 * M_PI * i / size));
  const double tolerance = 3e-7 * sqrt(size) * log2(size);
  sb_fft_forward(ours, x, a, STRIDE), sb_fft_forward(theirs, x, b, STRIDE);
  check_near(b, a, (size_t)(size + 2) * STRIDE, tolerance, "forward", size);
  sb_fft_inverse(theirs, b, a, STRIDE);
  check_near(a, x, (size_t)size * STRIDE, 2e-6, "inverse", size);
  for (int detrend = 0; detrend <= 1; detrend++) {
    sb_fft_power(ours, x, window, detrend, a, STRIDE), sb_fft_power(theirs, x, window, detrend, b, STRIDE);
    check_near(b, a, (size_t)(size / 2 + 1) * STRIDE, 4 * tolerance * sqrt(size), "power", size);
  }
  free(x), free(a), free(b), free(window);
}

TEST(fftw_backend_agrees_with_the_built_in_transforms) {
  static const uint32_t sizes[] = {8, 10, 14, 48, 60, 210, 250, 256, 1000, 1024, 1050, 4096, 10000, 65536};
  enum { SIZES = sizeof sizes / sizeof *sizes };
  const char *path = fftw_library();
  if (!path) return;
  sb_fft *ours[SIZES];
  CHECK(strcmp(sb_fft_backend_name(), "built-in") == 0);
  for (int i = 0; i < SIZES; i++) ours[i] = sb_fft_create(sizes[i]);
  sb_library *library = test_open(path);
  if (!CHECK(library && is_in_force())) return;
  for (int i = 0; i < SIZES; i++) {
    sb_fft *theirs = sb_fft_create(sizes[i]);
    compare(ours[i], theirs, sizes[i]);
    sb_fft_destroy(ours[i]), sb_fft_destroy(theirs);
  }
  sb_library_close(library);
  CHECK(strcmp(sb_fft_backend_name(), "built-in") == 0);
}

TEST(fftw_backend_stays_as_long_as_a_plan_of_it_lives) {
  const char *path = fftw_library();
  sb_library *library = path ? test_open(path) : NULL;
  if (!library) return;
  sb_fft *theirs = sb_fft_create(250);
  sb_library_close(library);
  CHECK(!is_in_force() && is_loaded("libfftw3f"));
  sb_fft *ours = sb_fft_create(250);
  compare(ours, theirs, 250);
  sb_fft_destroy(theirs);
  CHECK(!is_loaded("libfftw3f"));
  sb_fft_destroy(ours);
}

TEST(fftw_backend_is_replaced_by_its_next_build_and_not_restored_by_the_last) {
  const char *path = fftw_library();
  sb_library *old = path ? test_open(path) : NULL, *new = old ? test_open(path) : NULL;
  if (!new) return;
  sb_library_close(old);
  CHECK(is_in_force());
  sb_library_close(new);
  CHECK(!is_in_force());
}

static double frames_of(const sb_node *node) {
  double stats[SB_NODE_STATS];
  sb_node_stats(node, stats);
  CHECK_EQUAL(stats[SB_NODE_FAULTS], 0);
  return stats[SB_NODE_FRAMES];
}

static sb_plan *plan_of(bench *b, sb_node *first, sb_node *second) {
  sb_plan *plan = sb_plan_create();
  if (first) CHECK_EQUAL(sb_plan_add_node(plan, first, b->source, "a", -1), SB_OK);
  if (second) CHECK_EQUAL(sb_plan_add_node(plan, second, b->source, "b", -1), SB_OK);
  return plan;
}

static sb_node *open_spectrum(bench *b) {
  sb_node *node = sb_node_create(NULL, "psd", 0);
  sb_node_set_number(node, "size", 250), sb_node_set_number(node, "averages", 1), sb_node_set_number(node, "window", 1);
  CHECK_EQUAL(sb_node_activate(node, b->source, BLOCK), SB_OK);
  return node;
}

static void wait_for(bench *b, uint64_t total, const sb_node *node, double frames) {
  while (frames_of(node) < frames) feed(b, total);
}

TEST(fftw_backend_comes_and_goes_while_a_graph_runs) {
  enum { TOTAL = 400000 };
  const char *path = fftw_library();
  if (!path) return;
  bench b = {.source = open_source(1000)};
  b.session = sb_session_create(b.source, BLOCK, 0, 1);
  sb_node *ours = open_spectrum(&b);
  CHECK_EQUAL(sb_session_swap(b.session, plan_of(&b, ours, NULL), 0), SB_OK);
  CHECK_EQUAL(sb_session_start(b.session), SB_OK);
  wait_for(&b, TOTAL, ours, 50);

  sb_library *library = test_open(path);
  CHECK(is_in_force());
  sb_node *theirs = open_spectrum(&b);
  sb_plan *plan = plan_of(&b, ours, theirs);
  while (sb_session_swap(b.session, plan, 2000) == SB_AGAIN) feed(&b, TOTAL);
  sb_library_close(library);
  CHECK(!is_in_force());
  wait_for(&b, TOTAL, theirs, 50);
  while (!has_ended(b.session)) feed(&b, TOTAL);
  CHECK(frames_of(ours) > frames_of(theirs) && is_loaded("libfftw3f"));
  sb_session_destroy(b.session);
  sb_node_destroy(theirs);
  CHECK(!is_loaded("libfftw3f"));
  sb_node_destroy(ours), sb_node_destroy(b.source);
}

TEST(fftw_backend_is_refused_in_a_process_of_its_own) {
  const char *path = fftw_library();
  if (!path) return;
  sb_set_plugin_host(SB_PLUGIN_HOST);
  sb_library *library = sb_library_open(path, "");
  int32_t status = SB_AGAIN;
  while (library && (status = sb_library_poll(library)) == SB_AGAIN) usleep(1000);
  CHECK(library && status < 0);
  CHECK(strstr(sb_last_error(), "an FFT backend works in Stagebox's own process only: trust this plugin") != NULL);
  CHECK(!is_in_force());
  sb_library_close(library);
}
