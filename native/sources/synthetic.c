/* SPDX-License-Identifier: Apache-2.0
 *
 * A head without a patient: an electroencephalogram whose every part is known, for tests, demos and load. Each part is
 * a function of the frame's number or a stream of its own random numbers, so the samples depend on the parameters alone
 * and not on the block length.
 */
#include <electrode.h>
#include <heartbeat.h>
#include <math.h>
#include <pink.h>
#include <random.h>
#include <stagebox/stagebox.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_CHANNELS = 4096 };
static const double ALPHA_RAMP_S = 0.25, BLINK_S = 0.3, EMG_S = 1, EMG_RAMP_S = 0.1, PINK_LOWEST_HZ = 0.1;

enum {
  SEED, RATE_HZ, CHANNELS, NOISE_UV, ALPHA_UV, ALPHA_HZ, ALPHA_ON_S, ALPHA_OFF_S, BLINKS_PER_MINUTE, BLINK_UV,
  EMG_BURSTS_PER_MINUTE, EMG_UV, MAINS_UV, MAINS_HZ, ECG_CHANNEL, ECG_UV, HEART_RATE_BPM, PARAMS
};

#define NUMBER(NAME, FLAGS, UNIT, LOW, HIGH, FALLBACK, TEXT) \
  {.id = NAME, .kind = SB_PARAM_NUMBER, .flags = FLAGS, .unit = UNIT, .minimum = LOW, .maximum = HIGH, .fallback = FALLBACK, \
   .description = TEXT}

static const sb_param params[PARAMS] = {
    [SEED] = {.id = "seed", .kind = SB_PARAM_INTEGER, .minimum = 0, .maximum = 4294967295.0, .fallback = "1",
              .description = "Begins the random numbers: the same seed gives the same samples."},
    [RATE_HZ] = NUMBER("rate_hz", 0, "Hz", 10, 100000, "250", "Frames per second."),
    [CHANNELS] = {.id = "channels", .kind = SB_PARAM_INTEGER, .minimum = 1, .maximum = MAX_CHANNELS, .fallback = "8",
                  .description = "Electrodes, named by the 10-10 system; those beyond its 72 are named ch73, ch74 ..."},
    [NOISE_UV] = NUMBER("noise_uv", SB_PARAM_LIVE, "uV", 0, 10000, "10",
                        "RMS of the background, whose power falls as 1/f from 0.1 Hz."),
    [ALPHA_UV] = NUMBER("alpha_uv", SB_PARAM_LIVE, "uV", 0, 10000, "20",
                        "RMS of the alpha rhythm at O1, O2 and Oz while it is on; less further to the front."),
    [ALPHA_HZ] = NUMBER("alpha_hz", 0, "Hz", 1, 30, "10", "Frequency of the alpha rhythm."),
    [ALPHA_ON_S] = NUMBER("alpha_on_s", 0, "s", 0, 3600, "5", "How long alpha stays on, its ramps of 0.25 s included."),
    [ALPHA_OFF_S] = NUMBER("alpha_off_s", 0, "s", 0, 3600, "5", "How long alpha stays away; 0: it never goes."),
    [BLINKS_PER_MINUTE] = NUMBER("blinks_per_minute", 0, "1/min", 0, 60, "12",
                                 "Eye blinks in an average minute, at uneven intervals."),
    [BLINK_UV] = NUMBER("blink_uv", SB_PARAM_LIVE, "uV", 0, 10000, "100", "Peak of a blink at Fp1 and Fp2; less further back."),
    [EMG_BURSTS_PER_MINUTE] = NUMBER("emg_bursts_per_minute", 0, "1/min", 0, 30, "2",
                                     "Bursts of muscle activity, of one second each, in an average minute."),
    [EMG_UV] = NUMBER("emg_uv", SB_PARAM_LIVE, "uV", 0, 10000, "30",
                      "RMS of a burst over the ears (T7, T8 ...); less near the midline."),
    [MAINS_UV] = NUMBER("mains_uv", SB_PARAM_LIVE, "uV", 0, 10000, "5", "RMS of the mains hum, equal on all channels; a rate that cannot carry it has none, as behind an anti-alias filter."),
    [MAINS_HZ] = {.id = "mains_hz", .kind = SB_PARAM_CHOICE, .unit = "Hz", .fallback = "50",
                  .choices = (const char *const[]){"50", "60", NULL}, .description = "Mains frequency."},
    [ECG_CHANNEL] = {.id = "ecg_channel", .kind = SB_PARAM_BOOLEAN, .fallback = "false",
                     .description = "Adds a last channel named ECG."},
    [ECG_UV] = NUMBER("ecg_uv", SB_PARAM_LIVE, "uV", 0, 100000, "1000", "Height of the R peak."),
    [HEART_RATE_BPM] = NUMBER("heart_rate_bpm", 0, "1/min", 20, 240, "60",
                              "Heart beats per minute, evenly spaced; the first R peak comes after half an interval."),
};

/* Something that comes now and then and lasts for a fixed time. */
typedef struct episode {
  uint64_t start, frames; /* the present one, or the next */
  double mean_frames;     /* from one start to the next; 0: never comes */
  uint64_t random;
} episode;

typedef struct synthetic {
  double value[PARAMS];
  uint64_t frame; /* number of the next */
  uint32_t stride;
  uint64_t alpha_on, alpha_period, alpha_ramp; /* frames */
  episode blink, emg;
  sb_pink pink;
  double mains_hz; /* 0: the rate cannot carry it */
  float *noise_weight, *alpha_weight, *blink_weight, *emg_weight, *mains_weight, *ecg_weight; /* [stride] each */
  float *emg_row, *pink_state;
  uint32_t *noise_random, *emg_random;
  void *memory;
  char (*own_names)[16];
  const char **names;
} synthetic;

static void set(void *self, uint32_t param, const sb_value *value) { ((synthetic *)self)->value[param] = value->number; }

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  synthetic *source = calloc(1, sizeof *source);
  if (!source) return host->fail(host, SB_NO_MEMORY, "out of memory");
  for (uint32_t i = 0; i < PARAMS; i++) set(source, i, &values[i]);
  *self = source;
  return SB_OK;
}

static void episode_next(episode *e) {
  const double wait = (0.5 + sb_random_uniform(&e->random)) * e->mean_frames;
  e->start += wait > (double)e->frames ? (uint64_t)wait : e->frames;
}

static void episode_begin(episode *e, double duration_s, double per_minute, double rate_hz, uint64_t seed) {
  const double mean_frames = per_minute > 0 ? 60 * rate_hz / per_minute : 0;
  *e = (episode){.frames = (uint64_t)(duration_s * rate_hz) + 1, .mean_frames = mean_frames, .random = seed};
  if (e->mean_frames > 0) episode_next(e);
}

/* How far into an episode a frame lies, from 0 to 1, or negative outside. To be asked of every frame in turn. */
static double episode_progress(episode *e, uint64_t frame) {
  if (e->mean_frames == 0 || frame < e->start) return -1;
  const uint64_t into = frame - e->start;
  if (into + 1 == e->frames) episode_next(e);
  return (double)into / (double)e->frames;
}

static void give_weights(synthetic *s, uint32_t electrodes) {
  static const float alpha_of_row[] = {0.1f, 0.1f, 0.15f, 0.2f, 0.3f, 0.45f, 0.7f, 0.9f, 1, 0.3f};
  static const float blink_of_row[] = {1, 0.6f, 0.35f, 0.15f, 0.08f, 0.03f, 0.02f, 0, 0, 0.08f};
  static const float emg_of_ring[] = {0.05f, 0.1f, 0.2f, 0.4f, 1, 1};
  for (uint32_t i = 0; i < electrodes; i++) {
    const sb_electrode place = sb_electrode_parse(s->names[i]);
    s->noise_weight[i] = s->mains_weight[i] = 1;
    s->alpha_weight[i] = alpha_of_row[place.row];
    s->blink_weight[i] = blink_of_row[place.row];
    s->emg_weight[i] = emg_of_ring[place.ring];
  }
  if (s->value[ECG_CHANNEL] != 0) s->noise_weight[electrodes] = s->mains_weight[electrodes] = s->ecg_weight[electrodes] = 1;
}

static void deactivate(void *self) {
  synthetic *s = self;
  free(s->memory), free(s->names), free(s->own_names);
  s->memory = s->names = NULL, s->own_names = NULL;
}

static sb_status activate(void *self, const sb_host *host, sb_format *out) {
  synthetic *s = self;
  const double rate_hz = s->value[RATE_HZ];
  const uint32_t electrodes = (uint32_t)s->value[CHANNELS], channels = electrodes + (s->value[ECG_CHANNEL] != 0);
  const double mains_hz = s->value[MAINS_HZ] != 0 ? 60 : 50;
  s->mains_hz = mains_hz < rate_hz / 2 ? mains_hz : 0;
  if (s->value[ALPHA_HZ] >= rate_hz / 2)
    return host->fail(host, SB_INVALID, "alpha_hz: %g Hz is not below half the rate (%g Hz); choose less", s->value[ALPHA_HZ],
                      rate_hz / 2);

  s->stride = sb_stride(channels, 1);
  sb_pink_design(&s->pink, rate_hz, PINK_LOWEST_HZ);
  float *row = s->memory = calloc((size_t)s->stride * (7 + 8 + s->pink.sections + 1), sizeof(float));
  s->names = calloc(channels, sizeof *s->names);
  s->own_names = calloc(channels, sizeof *s->own_names);
  if (!s->memory || !s->names || !s->own_names) {
    deactivate(s);
    return host->fail(host, SB_NO_MEMORY, "channels: no memory for %u", channels);
  }
  float **rows[] = {&s->noise_weight, &s->alpha_weight, &s->blink_weight, &s->emg_weight, &s->mains_weight, &s->ecg_weight,
                    &s->emg_row, &s->pink_state};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++, row += s->stride) *rows[i] = row;
  s->noise_random = (uint32_t *)(s->pink_state + (size_t)s->stride * (s->pink.sections + 1));
  s->emg_random = s->noise_random + (size_t)s->stride * 4;
  for (uint32_t i = 0; i < channels; i++) {
    snprintf(s->own_names[i], sizeof *s->own_names, "ch%u", i + 1);
    s->names[i] = i < SB_ELECTRODES ? sb_electrode_names[i] : s->own_names[i];
  }
  if (channels > electrodes) s->names[electrodes] = "ECG";
  give_weights(s, electrodes);

  uint64_t seed = (uint64_t)s->value[SEED];
  sb_random_seed(s->noise_random, s->stride, sb_random_next(&seed));
  sb_random_seed(s->emg_random, s->stride, sb_random_next(&seed));
  episode_begin(&s->blink, BLINK_S, s->value[BLINKS_PER_MINUTE], rate_hz, sb_random_next(&seed));
  episode_begin(&s->emg, EMG_S, s->value[EMG_BURSTS_PER_MINUTE], rate_hz, sb_random_next(&seed));
  s->alpha_on = (uint64_t)(s->value[ALPHA_ON_S] * rate_hz);
  s->alpha_period = s->alpha_on + (uint64_t)(s->value[ALPHA_OFF_S] * rate_hz);
  s->alpha_ramp = (uint64_t)(fmin(ALPHA_RAMP_S, s->value[ALPHA_ON_S] / 2) * rate_hz);
  s->frame = 0;

  out->port = SB_PORT_SIGNAL;
  out->rate_hz = rate_hz;
  out->channels = channels;
  out->values = 1;
  out->unit = "uV";
  out->channel_names = s->names;
  return SB_OK;
}

/* 0 to 1 and back over an interval from 0 to 1 whose ramps take `ramp` each. */
static double raised_cosine(double at, double ramp) {
  const double edge = fmin(at, 1 - at);
  return edge < 0 ? 0 : edge >= ramp ? 1 : 0.5 - 0.5 * cos(M_PI * edge / ramp);
}

static double alpha_envelope(const synthetic *s, uint64_t frame, sb_block *out, uint32_t index) {
  if (s->alpha_on == 0 || s->value[ALPHA_UV] == 0) return 0;
  const uint64_t at = frame % s->alpha_period;
  const int always = s->alpha_period == s->alpha_on;
  if (always ? frame == 0 : at == 0)
    sb_block_add_event(out, (int32_t)index, always ? 0 : (float)s->value[ALPHA_ON_S], "alpha on");
  if (!always && at == s->alpha_on) sb_block_add_event(out, (int32_t)index, (float)s->value[ALPHA_OFF_S], "alpha off");
  return always ? 1 : raised_cosine((double)at / (double)s->alpha_on, (double)s->alpha_ramp / (double)s->alpha_on);
}

static double sine(double hz, double rate_hz, uint64_t frame) {
  const double cycles = hz * (double)frame / rate_hz;
  return sin(2 * M_PI * (cycles - floor(cycles)));
}

static void read_frame(synthetic *s, sb_block *out, uint32_t index) {
  const uint64_t frame = s->frame + index;
  const double rate_hz = s->value[RATE_HZ], beat_s = 60 / s->value[HEART_RATE_BPM];
  const double blinking = episode_progress(&s->blink, frame), tensing = episode_progress(&s->emg, frame);
  if (blinking == 0) sb_block_add_event(out, (int32_t)index, (float)BLINK_S, "blink");
  if (tensing == 0) sb_block_add_event(out, (int32_t)index, (float)EMG_S, "emg");

  const float noise = (float)s->value[NOISE_UV];
  const float alpha = (float)(M_SQRT2 * s->value[ALPHA_UV] * alpha_envelope(s, frame, out, index) *
                              sine(s->value[ALPHA_HZ], rate_hz, frame));
  const float blink = (float)(blinking < 0 ? 0 : s->value[BLINK_UV] * raised_cosine(blinking, 0.5));
  const float mains = (float)(M_SQRT2 * s->value[MAINS_UV] * sine(s->mains_hz, rate_hz, frame));
  const float emg = (float)(tensing < 0 ? 0 : s->value[EMG_UV] * raised_cosine(tensing, EMG_RAMP_S / EMG_S));
  const double after_r_s = fmod((double)frame / rate_hz, beat_s) - beat_s / 2;
  const float ecg = s->value[ECG_CHANNEL] != 0 ? (float)(s->value[ECG_UV] * sb_heartbeat(after_r_s, beat_s)) : 0;
  float *row = out->data + (size_t)index * s->stride;
  for (uint32_t i = 0; i < s->stride; i++)
    row[i] = row[i] * (noise * s->noise_weight[i]) + alpha * s->alpha_weight[i] + blink * s->blink_weight[i] +
             mains * s->mains_weight[i] + ecg * s->ecg_weight[i];
  if (tensing < 0) return;
  sb_random_normal(s->emg_random, s->stride, s->emg_row);
  for (uint32_t i = 0; i < s->stride; i++) row[i] += emg * s->emg_weight[i] * s->emg_row[i];
}

static sb_status read(void *self, sb_block *out) {
  synthetic *s = self;
  for (uint32_t i = 0; i < out->frames; i++) sb_random_normal(s->noise_random, s->stride, out->data + (size_t)i * s->stride);
  sb_pink_run(&s->pink, s->pink_state, out->data, out->frames, s->stride);
  for (uint32_t i = 0; i < out->frames; i++) read_frame(s, out, i);
  s->frame += out->frames;
  return SB_OK;
}

const sb_source_class sb_source_synthetic = {
    .size = sizeof(sb_source_class),
    .type = "synthetic",
    .name = "Synthetic EEG",
    .description = "Background, alpha rhythm, blinks, muscle, mains hum and heart of known size, the same for the same seed; marks "
                   "what it does as events.",
    .params = params,
    .param_count = PARAMS,
    .create = create,
    .activate = activate,
    .read = read,
    .set = set,
    .deactivate = deactivate,
    .destroy = free,
};
