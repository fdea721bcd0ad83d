/* SPDX-License-Identifier: Apache-2.0
 *
 * R peaks against what was put in (the synthetic heart) and against cardiologists (MIT-BIH record 100).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "source_rig.h"
#include "stage_rig.h"

extern const sb_source_class sb_source_synthetic;
extern const sb_stage_class sb_stage_r_peaks;

static const rig_set ecg_of_two[] = {{"channel", .rows = 1, .texts = (const char *const[]){"ECG"}}, {0}};

static sb_format two_channels(double rate_hz) {
  static const char *const names[] = {"Fp1", "ecg"};
  sb_format in = rig_signal(rate_hz, 2);
  in.channel_names = names;
  return in;
}

static source_rig *heart(double bpm, double noise_uv, size_t frames) {
  return source_rig_read(&sb_source_synthetic,
                         (rig_set[]){{"channels", .number = 1}, {"ecg_channel", .number = 1}, {"heart_rate_bpm", .number = bpm},
                                     {"noise_uv", .number = noise_uv}, {0}},
                         frames, 250);
}

static void check_heart(double bpm, double noise_uv, float factor) {
  source_rig *s = heart(bpm, noise_uv, 250 * 60);
  for (size_t i = 0; i < s->frames * 2; i++) s->out[i] *= factor;
  rig *r = rig_open(&sb_stage_r_peaks, two_channels(250), ecg_of_two);
  rig_run(r, s->out, s->frames, 32);
  const int beats = (int)bpm;
  CHECK(r->out_frames >= (size_t)beats - 1 && r->out_frames <= (size_t)beats);
  CHECK(isnan(r->out[0]));
  for (size_t i = 0; i < r->out_frames; i++) {
    const double second = (double)r->times_ns[i] * 1e-9, beat = second * bpm / 60 - 0.5;
    if (!CHECK_NEAR(beat, round(beat), 0.0081 * bpm / 60)) break; /* two frames */
    if (i > 0 && !(CHECK_NEAR(r->out[2 * i], 60 / bpm, 0.0121) && CHECK_NEAR(r->out[2 * i + 1] * r->out[2 * i], 60, 1e-3))) break;
  }
  rig_close(r), source_rig_close(s);
}

TEST(r_peaks_finds_every_beat_of_the_synthetic_heart) {
  check_heart(60, 0, 1);
  check_heart(45, 30, 1);
  check_heart(150, 30, 1);
  check_heart(70, 30, -1);    /* inverted */
  check_heart(70, 30, 1e-6f); /* in volts */
}

TEST(r_peaks_describes_its_output) {
  rig *r = rig_open(&sb_stage_r_peaks, two_channels(250), ecg_of_two);
  CHECK_EQUAL(r->format.port, SB_PORT_FEATURES);
  CHECK_EQUAL(r->format.channels, 1);
  CHECK_NEAR(r->format.rate_hz, 0, 0);
  CHECK(strcmp(r->format.channel_names[0], "ecg") == 0);
  CHECK(strcmp(r->format.value_names[1], "rate_bpm") == 0);
  rig_close(r);
  CHECK(rig_open(&sb_stage_r_peaks, two_channels(50), ecg_of_two) == NULL);
  CHECK(strstr(rig_error(), "give at least 100 Hz"));
}

static void check_chosen(const char *const *names, uint32_t count, const char *chosen) {
  sb_format in = rig_signal(250, count);
  in.channel_names = names;
  rig *r = rig_open(&sb_stage_r_peaks, in, NULL);
  check_that(strcmp(r->format.channel_names[0], chosen) == 0, __FILE__, __LINE__, "%s, not %s", r->format.channel_names[0], chosen);
  rig_close(r);
}

TEST(r_peaks_looks_for_the_lead_that_is_an_electrocardiogram) {
  check_chosen((const char *const[]){"Fp1", "O2", "ecg"}, 3, "ecg");
  check_chosen((const char *const[]){"Fp1", "EKG-REF"}, 2, "EKG-REF");
  check_chosen((const char *const[]){"V5", "MLII"}, 2, "MLII");
  check_chosen((const char *const[]){"V5", "I", "II"}, 3, "II");
  check_chosen((const char *const[]){"V5", "lead i"}, 2, "lead i");
  check_chosen((const char *const[]){"T3", "PIIX", "FIX"}, 3, "T3"); /* none of them */
}

static int64_t since_first_ns(const rig *r, size_t i) { return r->times_ns[i] - r->times_ns[0]; }

TEST(r_peaks_do_not_depend_on_the_block_length) {
  static const uint32_t sizes[] = {1, 7, 32, 4096};
  source_rig *s = heart(90, 50, 250 * 30);
  rig *whole = rig_open(&sb_stage_r_peaks, two_channels(250), ecg_of_two);
  rig_run(whole, s->out, s->frames, 250);
  CHECK(whole->out_frames > 40);
  for (int n = 0; n < 4; n++) {
    rig *r = rig_open(&sb_stage_r_peaks, two_channels(250), ecg_of_two);
    rig_run(r, s->out, s->frames, sizes[n]);
    if (!CHECK_EQUAL(r->out_frames, whole->out_frames)) continue;
    CHECK(memcmp(r->out + 2, whole->out + 2, (r->out_frames - 1) * 2 * sizeof(float)) == 0);
    for (size_t i = 0; i < r->out_frames; i++) CHECK_NEAR(since_first_ns(r, i), since_first_ns(whole, i), 2);
    rig_close(r);
  }
  rig_close(whole), source_rig_close(s);
}

TEST(r_peaks_gets_over_nan_silence_and_a_jolt) {
  source_rig *s = heart(60, 10, 250 * 60);
  for (size_t f = 2500; f < 2510; f++) s->out[2 * f + 1] = NAN;
  for (size_t f = 5000; f < 5020; f++) s->out[2 * f + 1] = f % 2 ? 1e6f : -1e6f;
  for (size_t f = 7500; f < 10000; f++) s->out[2 * f + 1] = 12345;
  rig *r = rig_open(&sb_stage_r_peaks, two_channels(250), ecg_of_two);
  rig_run(r, s->out, s->frames, 32);
  int before = 0, during = 0, after = 0;
  for (size_t i = 0; i < r->out_frames; i++) {
    const int64_t ms = r->times_ns[i] / 1000000;
    before += ms < 20000, during += ms > 30200 && ms < 39800, after += ms > 45000;
  }
  CHECK_NEAR(before, 20, 1);
  CHECK_EQUAL(during, 0);
  CHECK_EQUAL(after, 15);
  rig_close(r);

  r = rig_open(&sb_stage_r_peaks, two_channels(250), ecg_of_two);
  memset(s->out, 0, s->frames * 2 * sizeof(float));
  rig_run(r, s->out, s->frames, 32);
  CHECK_EQUAL(r->out_frames, 0);
  rig_close(r), source_rig_close(s);
}

/* One block into a stage that is open for two channels; returns how many beats came, the first one's interval in rr_s. */
static uint32_t feed(rig *r, const float *x, uint32_t first, uint32_t frames, uint32_t lost, float *rr_s, int64_t *time_ns) {
  enum { ROOM = 160 };
  static float in_rows[8 * 2500], out_rows[8 * ROOM];
  static int64_t times[ROOM];
  sb_event events[SB_BLOCK_MAX_EVENTS];
  CHECK(r->format.max_frames <= ROOM);
  for (uint32_t f = 0; f < frames; f++) memcpy(in_rows + 8 * (size_t)f, x + 2 * (size_t)f, 2 * sizeof *x);
  sb_block in = {.size = sizeof in, .rate_hz = 250, .frames = frames, .channels = 2, .values = 1, .stride = 8, .data = in_rows,
                 .events = events, .lost_before = lost, .time_ns = (int64_t)first * 4000000};
  sb_block out = in;
  out.data = out_rows, out.times_ns = times, out.rate_hz = 0, out.channels = 1, out.values = 2;
  CHECK_EQUAL(r->stage->process(r->self, &in, &out), SB_OK);
  *rr_s = out_rows[0], *time_ns = out.time_ns;
  return out.frames;
}

TEST(r_peaks_gives_no_interval_across_lost_frames) {
  enum { LOST = 1000 };
  source_rig *s = heart(60, 0, 250 * 30);
  sb_format in = two_channels(250);
  in.max_frames = 2500;
  rig *r = rig_open(&sb_stage_r_peaks, in, ecg_of_two);
  float rr_s;
  int64_t time_ns;
  CHECK_EQUAL(feed(r, s->out, 0, 2500, 0, &rr_s, &time_ns), 10);
  CHECK(isnan(rr_s));
  CHECK_EQUAL(feed(r, s->out + 2 * 2500, 2500, 1250, 0, &rr_s, &time_ns), 5);
  CHECK_NEAR(rr_s, 1, 1e-6);
  CHECK_NEAR(time_ns, 10.5e9, 4e6);
  CHECK_EQUAL(feed(r, s->out + 2 * (3750 + LOST), 3750 + LOST, 1250, LOST, &rr_s, &time_ns), 5);
  CHECK(isnan(rr_s));
  CHECK_NEAR(time_ns, 19.5e9, 4e6);
  rig_close(r), source_rig_close(s);
}

/* MIT-BIH format 212: two 12-bit samples in three bytes. Returns the first channel in mV. */
static float *read_mlii(const char *path, size_t frames) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  float *mv = malloc(frames * sizeof *mv);
  for (size_t f = 0; f < frames; f++) {
    uint8_t bytes[3] = {0};
    CHECK_EQUAL(fread(bytes, 1, 3, file), 3);
    const int sample = bytes[0] | (bytes[1] & 15) << 8;
    mv[f] = (float)((sample < 2048 ? sample : sample - 4096) - 1024) / 200;
  }
  fclose(file);
  return mv;
}

/* MIT annotations: words of a 6-bit code and a 10-bit interval. Returns the frames of the beats. */
static size_t read_beats(const char *path, int64_t *beats, size_t room) {
  enum { SKIP = 59, NUM = 60, CHN = 62, AUX = 63 };
  FILE *file = fopen(path, "rb");
  if (!file) return 0;
  size_t count = 0;
  int64_t frame = 0;
  uint8_t b[4];
  while (fread(b, 1, 2, file) == 2 && (b[0] || b[1])) {
    const int code = b[1] >> 2, interval = (b[1] & 3) << 8 | b[0];
    if (code == SKIP && fread(b, 1, 4, file) == 4) frame += (int64_t)b[1] << 24 | b[0] << 16 | b[3] << 8 | b[2];
    else if (code == AUX) fseek(file, (interval + 1) / 2 * 2, SEEK_CUR);
    else if (code < NUM) {
      frame += interval;
      const bool beat = (code >= 1 && code <= 13) || code == 25 || code == 34 || code == 35 || code == 38 || code == 41;
      if (beat && count < room) beats[count++] = frame;
    }
  }
  fclose(file);
  return count;
}

static void check_record_100(const float *mv, size_t frames, const int64_t *beats, size_t beat_count) {
  enum { TOLERANCE_MS = 50 };
  rig *r = rig_open(&sb_stage_r_peaks, rig_signal(360, 1), NULL);
  rig_run(r, mv, frames, 64);
  size_t hits = 0, exact = 0;
  for (size_t b = 0, i = 0; b < beat_count; b++) {
    const int64_t ms = beats[b] * 1000 / 360;
    while (i < r->out_frames && r->times_ns[i] / 1000000 < ms - TOLERANCE_MS) i++;
    if (i == r->out_frames || r->times_ns[i] / 1000000 > ms + TOLERANCE_MS) continue;
    hits++;
    exact += llabs(r->times_ns[i] - beats[b] * 1000000000 / 360) < 6000000; /* two frames: the annotations' own grain */
    i++;
  }
  const size_t false_beats = r->out_frames - hits;
  check_that(hits >= beat_count * 0.99, __FILE__, __LINE__, "%zu of %zu beats found", hits, beat_count);
  check_that(false_beats <= beat_count * 0.01, __FILE__, __LINE__, "%zu false beats", false_beats);
  CHECK(exact >= hits * 0.98);
  rig_close(r);
}

TEST(r_peaks_agrees_with_the_annotations_of_mit_bih_100) {
  enum { FRAMES = 650000, MAX_BEATS = 4000 };
  const char *folder = getenv("STAGEBOX_TEST_DATA");
  char path[4096];
  static int64_t beats[MAX_BEATS];
  snprintf(path, sizeof path, "%s/100.dat", folder ? folder : "../../shared/data");
  float *mv = read_mlii(path, FRAMES);
  snprintf(path, sizeof path, "%s/100.atr", folder ? folder : "../../shared/data");
  const size_t beat_count = read_beats(path, beats, MAX_BEATS);
  if (!mv || beat_count == 0) {
    check_skip("no 100.dat and 100.atr; set STAGEBOX_TEST_DATA to the folder of recordings");
    free(mv);
    return;
  }
  CHECK_EQUAL(beat_count, 2273);
  check_record_100(mv, FRAMES, beats, beat_count);
  for (size_t f = 0; f < FRAMES; f++) mv[f] = -mv[f];
  check_record_100(mv, FRAMES, beats, beat_count);
  free(mv);
}
