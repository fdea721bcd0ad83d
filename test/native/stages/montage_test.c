/* SPDX-License-Identifier: Apache-2.0
 *
 * Reference, common average, bipolar and spatial filter against their definitions in double arithmetic.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "levels.h"
#include "noise.h"
#include "stage_rig.h"

extern const sb_stage_class sb_stage_bipolar, sb_stage_common_average, sb_stage_reference, sb_stage_spatial_filter;

enum { FRAMES = 101 };

static float *noise(uint32_t channels) {
  float *x = malloc((size_t)FRAMES * channels * sizeof *x);
  noise_fill(x, (size_t)FRAMES * channels, 1);
  return x;
}

static rig_set names(const char *id, uint32_t count, const char *const *texts) {
  return (rig_set){.id = id, .rows = count, .texts = texts};
}

static void check_common_average(void) {
  static const uint32_t counts[] = {1, 3, 8, 13, 32, 67};
  for (int n = 0; n < 6; n++) {
    const uint32_t channels = counts[n];
    float *x = noise(channels);
    const rig_set sets[] = {names("exclude", channels > 8, (const char *const[]){"CH5"}), {0}};
    rig *r = rig_open(&sb_stage_common_average, rig_signal(250, channels), sets);
    rig_run(r, x, FRAMES, 7);
    for (uint32_t f = 0; f < FRAMES; f++) {
      double mean = 0;
      for (uint32_t c = 0; c < channels; c++)
        if (channels <= 8 || c != 4) mean += x[f * channels + c] / (double)(channels - (channels > 8));
      for (uint32_t c = 0; c < channels; c++)
        if (!CHECK_NEAR(r->out[f * channels + c], x[f * channels + c] - (channels > 8 && c == 4 ? 0 : mean), 3e-5)) return;
    }
    rig_close(r);
    rig_check_block_sizes(&sb_stage_common_average, rig_signal(250, channels), sets, x, FRAMES, 0);
    free(x);
  }
}
TEST(common_average_is_the_definition) { at_every_level(check_common_average); }

TEST(common_average_leaves_a_channel_that_is_not_finite_out_of_the_mean) {
  const float x[] = {1, NAN, 3, 5, INFINITY, 2, -INFINITY, 4, NAN, NAN, NAN, NAN};
  rig *r = rig_open(&sb_stage_common_average, rig_signal(250, 4), (rig_set[]){names("exclude", 0, NULL), {0}});
  rig_run(r, x, 3, 3);
  CHECK_NEAR(r->out[0], -2, 1e-6);
  CHECK(isnan(r->out[1]));
  CHECK_NEAR(r->out[3], 2, 1e-6);
  CHECK(isinf(r->out[4]));
  CHECK_NEAR(r->out[5], -1, 1e-6);
  CHECK_NEAR(r->out[7], 1, 1e-6);
  CHECK(isnan(r->out[8]));
  rig_close(r);
}

static void check_reference(void) {
  float *x = noise(11);
  const rig_set sets[] = {names("channels", 3, (const char *const[]){"ch2", "Ch11", "ch2"}), {0}};
  rig *r = rig_open(&sb_stage_reference, rig_signal(250, 11), sets);
  rig_run(r, x, FRAMES, 32);
  for (uint32_t i = 0; i < FRAMES * 11; i++) {
    const float *row = x + i / 11 * 11;
    if (!CHECK_NEAR(r->out[i], x[i] - (row[1] + (double)row[10]) / 2, 3e-5)) break;
  }
  rig_close(r);
  rig_check_block_sizes(&sb_stage_reference, rig_signal(250, 11), sets, x, FRAMES, 0);
  free(x);
}
TEST(reference_subtracts_the_mean_of_the_named_channels) { at_every_level(check_reference); }

TEST(reference_names_the_nearest_channels_when_it_does_not_know_one) {
  sb_format in = rig_signal(250, 3);
  in.channel_names = (const char *const[]){"A1", "Cz", "TP10"};
  CHECK(rig_open(&sb_stage_reference, in, (rig_set[]){names("channels", 1, (const char *const[]){"TP9"}), {0}}) == NULL);
  CHECK(strcmp(rig_error(), "channels: there is no channel \"TP9\"; the nearest of 3 are A1, Cz, TP10") == 0 ||
        strcmp(rig_error(), "channels: there is no channel \"TP9\"; the nearest of 3 are TP10, A1, Cz") == 0);
  CHECK(rig_open(&sb_stage_reference, in, (rig_set[]){names("channels", 0, NULL), {0}}) == NULL);
  CHECK(strstr(rig_error(), "channels: leaves no channel to average; name at least one"));
}

TEST(bipolar_takes_differences_and_names_them) {
  sb_format in = rig_signal(250, 3);
  in.channel_names = (const char *const[]){"EEG Fp1-A1", "F3", "C3"};
  float *x = noise(3);
  const rig_set sets[] = {names("pairs", 3, (const char *const[]){"EEG Fp1-A1-f3", "F3-C3", "C3-C3"}), {0}};
  rig *r = rig_open(&sb_stage_bipolar, in, sets);
  CHECK_EQUAL(r->format.channels, 3);
  CHECK(strcmp(r->format.channel_names[1], "F3-C3") == 0);
  rig_run(r, x, FRAMES, 32);
  for (uint32_t f = 0; f < FRAMES; f++) {
    CHECK_NEAR(r->out[3 * f], x[3 * f] - x[3 * f + 1], 0);
    CHECK_NEAR(r->out[3 * f + 1], x[3 * f + 1] - x[3 * f + 2], 0);
    CHECK_NEAR(r->out[3 * f + 2], 0, 0);
  }
  rig_close(r);
  rig_check_block_sizes(&sb_stage_bipolar, in, sets, x, FRAMES, 0);
  free(x);
  CHECK(rig_open(&sb_stage_bipolar, in, (rig_set[]){names("pairs", 1, (const char *const[]){"F3"}), {0}}) == NULL);
  CHECK(strstr(rig_error(), "\"F3\" has no minus sign"));
  CHECK(rig_open(&sb_stage_bipolar, in, (rig_set[]){names("pairs", 1, (const char *const[]){"F3-C5"}), {0}}) == NULL);
  CHECK(strstr(rig_error(), "pairs: there is no channel \"C5\"; the nearest of 3 are C3"));
}

static void check_spatial_filter(void) {
  static const uint32_t inputs[] = {1, 3, 8, 19}, outputs[] = {1, 9, 3, 24};
  for (int n = 0; n < 4; n++) {
    const uint32_t in = inputs[n], out = outputs[n];
    float *x = noise(in);
    double matrix[24 * 19];
    for (uint32_t i = 0; i < in * out; i++) matrix[i] = sin(i * 1.7);
    const rig_set sets[] = {{.id = "matrix", .rows = out, .columns = in, .numbers = matrix}, names("names", 0, NULL), {0}};
    rig *r = rig_open(&sb_stage_spatial_filter, rig_signal(250, in), sets);
    CHECK_EQUAL(r->format.channels, out);
    CHECK(strcmp(r->format.channel_names[0], "S1") == 0);
    rig_run(r, x, FRAMES, 7);
    for (uint32_t f = 0; f < FRAMES; f++)
      for (uint32_t o = 0; o < out; o++) {
        double want = 0;
        for (uint32_t i = 0; i < in; i++) want += matrix[o * in + i] * x[f * in + i];
        if (!CHECK_NEAR(r->out[f * out + o], want, 3e-4)) return;
      }
    rig_close(r);
    rig_check_block_sizes(&sb_stage_spatial_filter, rig_signal(250, in), sets, x, FRAMES, 0);
    free(x);
  }
}
TEST(spatial_filter_is_the_matrix_product) { at_every_level(check_spatial_filter); }

TEST(spatial_filter_with_a_zero_keeps_a_bad_channel_out) {
  const double matrix[] = {1, 0, 0, 0.5, 0, -1};
  const float x[] = {2, NAN, 3, 1, INFINITY, 1};
  const rig_set sets[] = {{.id = "matrix", .rows = 2, .columns = 3, .numbers = matrix},
                          names("names", 2, (const char *const[]){"a", "b"}), {0}};
  rig *r = rig_open(&sb_stage_spatial_filter, rig_signal(250, 3), sets);
  rig_run(r, x, 2, 2);
  CHECK_NEAR(r->out[0], 2, 0);
  CHECK_NEAR(r->out[1], -2, 0);
  CHECK_NEAR(r->out[3], -0.5, 0);
  CHECK(strcmp(r->format.channel_names[1], "b") == 0);
  rig_close(r);
  CHECK(rig_open(&sb_stage_spatial_filter, rig_signal(250, 4), sets) == NULL);
  CHECK(strstr(rig_error(), "matrix: has 3 columns for 4 channels"));
}
