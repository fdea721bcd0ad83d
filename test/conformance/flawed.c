/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin's library of stages that are good but for one flaw each, named by it: `flawed_<flaw>`. Each shows that a case
 * of the conformance suite finds what it is there to find (flaws.test.ts says which).
 */
#include <math.h>
#include <stagebox/stagebox.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 64 };

/* A one-pole low pass: y += gain * (x - y), with what the flaws need beside it. */
typedef struct stage {
  float gain, y[MOST];
  uint32_t channels, magic;
} stage;

static float shared_y[MOST]; /* of all instances: a flaw */

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  stage *s = calloc(1, sizeof *s);
  if (!s) return host->fail(host, SB_NO_MEMORY, "out of memory");
  s->gain = (float)values[0].number;
  *self = s;
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  stage *s = self;
  (void)out;
  if (in->channels > MOST) return host->fail(host, SB_UNSUPPORTED, "input: more than %d channels; choose some", MOST);
  s->channels = in->channels;
  memset(s->y, 0, sizeof s->y);
  return SB_OK;
}

static void smooth(float *y, float gain, const sb_block *in, sb_block *out) {
  for (uint32_t f = 0; f < in->frames; f++)
    for (uint32_t c = 0; c < in->channels; c++) {
      const float x = in->data[(size_t)f * in->stride + c];
      y[c] = isfinite(y[c]) ? y[c] + gain * (x - y[c]) : 0;
      out->data[(size_t)f * out->stride + c] = y[c];
    }
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  stage *s = self;
  smooth(s->y, s->gain, in, out);
  return SB_OK;
}

static void set(void *self, uint32_t param, const sb_value *value) {
  (void)param;
  ((stage *)self)->gain = (float)value->number;
}

static void deactivate(void *self) { (void)self; }

/* ---- flaws of the table and of activate ---- */

static sb_status activate_without_a_word(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  return in->channels > 8 ? SB_UNSUPPORTED : activate(self, host, in, out);
}

static sb_status activate_keeping_all(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  const stage before = *(stage *)self;
  const sb_status status = activate(self, host, in, out);
  memcpy(((stage *)self)->y, before.y, sizeof before.y);
  return status;
}

static void *volatile lost;
static sb_status activate_losing_memory(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  lost = malloc(100);
  return activate(self, host, in, out);
}

static sb_status activate_losing_files(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  return dup(STDERR_FILENO) < 0 ? SB_IO : activate(self, host, in, out);
}

/* ---- flaws of process ---- */

static sb_status process_leaving_the_last(void *self, const sb_block *in, sb_block *out) {
  sb_block most = *in;
  most.frames--;
  return process(self, &most, out);
}

static sb_status process_failing(void *self, const sb_block *in, sb_block *out) {
  return in->frames == 7 ? SB_INVALID : process(self, in, out);
}

static sb_status process_before(void *self, const sb_block *in, sb_block *out) {
  float *volatile before = out->data - 1;
  *before = 1;
  return process(self, in, out);
}

static sb_status process_reading_behind(void *self, const sb_block *in, sb_block *out) {
  const float *volatile behind = in->data + (size_t)64 * in->stride; /* no block has more frames here */
  ((stage *)self)->magic = *behind > 0;
  return process(self, in, out);
}

static sb_status process_input(void *self, const sb_block *in, sb_block *out) {
  in->data[0] = 1;
  return process(self, in, out);
}

static sb_status process_block_mean(void *self, const sb_block *in, sb_block *out) {
  process(self, in, out);
  float mean = 0;
  for (uint32_t f = 0; f < in->frames; f++) mean += in->data[(size_t)f * in->stride] / (float)in->frames;
  for (uint32_t f = 0; f < in->frames; f++) out->data[(size_t)f * out->stride] -= mean;
  return SB_OK;
}

static sb_status process_shared(void *self, const sb_block *in, sb_block *out) {
  if (in->first_frame == 0) memset(shared_y, 0, sizeof shared_y);
  smooth(shared_y, ((stage *)self)->gain, in, out);
  return SB_OK;
}

static sb_status process_normalized(void *self, const sb_block *in, sb_block *out) {
  process(self, in, out);
  for (uint32_t f = 0; f < in->frames; f++)
    for (uint32_t c = 0; c < in->channels; c++) {
      float *y = &out->data[(size_t)f * out->stride + c];
      *y /= fabsf(*y);
    }
  return SB_OK;
}

/* A recursive average over all channels, from which no NaN ever leaves. */
static sb_status process_poisoned(void *self, const sb_block *in, sb_block *out) {
  stage *s = self;
  for (uint32_t f = 0; f < in->frames; f++) {
    for (uint32_t c = 0; c < in->channels; c++) s->y[0] += 0.01f * (in->data[(size_t)f * in->stride + c] - s->y[0]);
    for (uint32_t c = 0; c < in->channels; c++) out->data[(size_t)f * out->stride + c] = in->data[(size_t)f * in->stride + c] - s->y[0];
  }
  return SB_OK;
}

static sb_status process_deaf(void *self, const sb_block *in, sb_block *out) {
  out->event_count = 0;
  return process(self, in, out);
}

static sb_status process_sleeping(void *self, const sb_block *in, sb_block *out) {
  nanosleep(&(struct timespec){.tv_nsec = 1000}, NULL);
  return process(self, in, out);
}

static sb_status process_mapping(void *self, const sb_block *in, sb_block *out) {
  void *memory = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(memory, 4096);
  return process(self, in, out);
}

static void set_inverse(void *self, uint32_t param, const sb_value *value) {
  (void)param;
  ((stage *)self)->gain = (float)(1 / value->number);
}

/* ---- flaws of extensions ---- */

static double a_tenth(const void *self) { return (void)self, 0.1; }
static const void *latency(const char *id) {
  static const sb_ext_latency it = {a_tenth};
  return strcmp(id, SB_EXT_LATENCY) == 0 ? &it : NULL;
}

static uint32_t state_bytes(const void *self) { return (void)self, sizeof(stage); }
static void state_save(const void *self, void *out) {
  memcpy(out, self, sizeof(stage));
  ((stage *)out)->magic = 7;
}
static sb_status state_load(void *self, const void *bytes, uint32_t count) {
  stage saved;
  if (count != sizeof saved) return SB_INVALID;
  memcpy(&saved, bytes, count);
  if (saved.magic != 7 || saved.channels != ((stage *)self)->channels) return SB_INVALID;
  memcpy(((stage *)self)->y, saved.y, sizeof saved.y);
  return SB_OK;
}
static void state_save_nothing(const void *self, void *out) {
  state_save(self, out);
  memset(((stage *)out)->y, 0, sizeof ((stage *)out)->y);
}
static sb_status state_load_anything(void *self, const void *bytes, uint32_t count) {
  memcpy(((stage *)self)->y, ((const stage *)bytes)->y, sizeof ((stage *)self)->y);
  return (void)count, SB_OK;
}
static const void *sound_state(const char *id) {
  static const sb_ext_state it = {state_bytes, state_save, state_load};
  return strcmp(id, SB_EXT_STATE) == 0 ? &it : NULL;
}
static const void *forgetful(const char *id) {
  static const sb_ext_state it = {state_bytes, state_save_nothing, state_load};
  return strcmp(id, SB_EXT_STATE) == 0 ? &it : NULL;
}
static const void *gullible(const char *id) {
  static const sb_ext_state it = {state_bytes, state_save, state_load_anything};
  return strcmp(id, SB_EXT_STATE) == 0 ? &it : NULL;
}

/* ---- a source whose numbers depend on the blocks ---- */

static sb_status source_activate(void *self, const sb_host *host, sb_format *out) {
  static const char *const names[] = {"a"};
  (void)self, (void)host;
  out->rate_hz = 250, out->channels = 1, out->unit = "uV", out->channel_names = names;
  return SB_OK;
}
static sb_status source_read(void *self, sb_block *out) {
  (void)self;
  for (uint32_t f = 0; f < out->frames; f++) out->data[(size_t)f * out->stride] = (float)f;
  return SB_OK;
}

#define GAIN(NAME, UNIT, LOWEST)                                                                                         \
  {.id = NAME, .kind = SB_PARAM_NUMBER, .flags = SB_PARAM_LIVE, .unit = UNIT, .minimum = LOWEST, .maximum = 1, .fallback = "0.5", \
   .description = "How fast the output follows."}
static const sb_param sound_table[] = {GAIN("gain", "", 0)}, units_table[] = {GAIN("gain_hz", "kHz", 0)};

#define STAGE(TYPE, ...)                                                                                           \
  {.size = sizeof(sb_stage_class), .type = "flawed_" TYPE, .name = "Flawed", .category = "filter",                 \
   .description = "A low pass with a flaw.", .input = SB_PORT_SIGNAL, .output = SB_PORT_SIGNAL, .params = sound_table, \
   .param_count = 1, .create = create, .activate = activate, .process = process, .set = set,                      \
   .deactivate = deactivate, .destroy = free, .extension = sound_state, __VA_ARGS__}

static const sb_stage_class stages[] = {
    STAGE("in_nothing", .flags = SB_STAGE_IN_PLACE),
    STAGE("units", .params = units_table),
    STAGE("refusal", .activate = activate_without_a_word),
    STAGE("length", .process = process_leaving_the_last),
    STAGE("status", .process = process_failing),
    STAGE("start", .process = process_before),
    STAGE("end", .process = process_reading_behind),
    STAGE("input", .process = process_input),
    STAGE("block_mean", .process = process_block_mean),
    STAGE("memory", .activate = activate_keeping_all),
    STAGE("sharing", .process = process_shared, .extension = NULL),
    STAGE("silence", .process = process_normalized),
    STAGE("poison", .process = process_poisoned),
    STAGE("events", .process = process_deaf),
    STAGE("setting", .set = set_inverse),
    STAGE("sleep", .process = process_sleeping),
    STAGE("mapping", .process = process_mapping),
    STAGE("latency", .extension = latency),
    STAGE("forgetting", .extension = forgetful),
    STAGE("trust", .extension = gullible),
    STAGE("leak", .activate = activate_losing_memory),
    STAGE("files", .activate = activate_losing_files),
};

static const sb_source_class source = {.size = sizeof(sb_source_class), .type = "flawed_source", .name = "Flawed", .description = "Counts within a block.",
                                       .params = sound_table, .param_count = 1, .create = create, .activate = source_activate, .read = source_read,
                                       .set = set, .deactivate = deactivate, .destroy = free};

SB_PLUGIN

sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  (void)host;
  for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
    if (registrar->add_stage(registrar, &stages[i]) != SB_OK) return SB_INVALID;
  return registrar->add_source(registrar, &source);
}
