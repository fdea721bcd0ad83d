/* SPDX-License-Identifier: Apache-2.0
 *
 * A library for the tests of isolation. Stage "trial" puts out gain times the running sum of its input, and after `after`
 * blocks does what `then` names. Source "steps" counts.
 */
#include <fcntl.h>
#include <signal.h>
#include <stagebox/ext/draft/home.h>
#include <stagebox/stagebox.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GAIN, AFTER, THEN, TAPS, NAME };
enum { NOTHING, CRASH, HANG, EXIT, CHATTER, KILL, SLOW, LEAK, LINGER, ESCAPE, NARROW, SPECTRUM, NAMELESS, LOSE, FILL, HUGE };

typedef struct trial {
  uint32_t channels, blocks, after, then;
  double gain;
  double sums[]; /* [channels] */
} trial;

static const char *const deeds[] = {"nothing", "crash", "hang", "exit", "chatter", "kill", "slow", "leak", "linger", "escape",
                                    "narrow", "spectrum", "nameless", "lose", "fill", "huge", NULL};
static const sb_param params[] = {
    {"gain", SB_PARAM_NUMBER, SB_PARAM_LIVE, "", 0, 0, "1", NULL, "Factor of the output."},
    {"after", SB_PARAM_INTEGER, 0, "", 0, 1e9, "0", NULL, "Blocks before it happens."},
    {"then", SB_PARAM_CHOICE, 0, "", 0, 0, "nothing", deeds, "What happens."},
    {"taps", SB_PARAM_NUMBERS, 0, "", 0, 0, "[]", NULL, "Their sum is added to the gain."},
    {"name", SB_PARAM_TEXT, 0, "", 0, 0, "", NULL, "\"refuse\" is refused."},
};

static char data_folder[512];

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  const sb_ext_home *home = host->extension(host, SB_EXT_HOME);
  if (home && home->data) snprintf(data_folder, sizeof data_folder, "%s", home->data);
  if (values[NAME].texts && values[NAME].rows && strcmp(values[NAME].texts[0], "refuse") == 0)
    return host->fail(host, SB_INVALID, "name: \"%s\" is not wanted here; leave it out", values[NAME].texts[0]);
  trial *t = calloc(1, sizeof *t + 4096 * sizeof(double));
  if (!t) return SB_NO_MEMORY;
  t->gain = values[GAIN].number;
  for (uint32_t i = 0; i < values[TAPS].rows; i++) t->gain += values[TAPS].numbers[i];
  t->after = (uint32_t)values[AFTER].number;
  t->then = (uint32_t)values[THEN].number;
  *self = t;
  return SB_OK;
}

static sb_status activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  trial *t = self;
  if (in->channels > 4096) return host->fail(host, SB_UNSUPPORTED, "at most 4096 channels");
  t->channels = in->channels;
  out->unit = t->then == ESCAPE ? "\x1b[2J" : "mV";
  if (t->then == NARROW) out->max_frames = 1;
  if (t->then == HUGE) out->max_frames = 1 << 21;
  if (t->then == SPECTRUM) out->port = SB_PORT_SPECTRUM;
  if (t->then == NAMELESS) out->channel_names = NULL;
  return SB_OK;
}

/* Twenty files of a megabyte. */
static void fill(void) {
  static const char megabyte[1 << 20] = {1};
  for (int i = 0; i < 20; i++) {
    char path[600];
    snprintf(path, sizeof path, "%s/%d", data_folder, i);
    const int file = open(path, O_WRONLY | O_CREAT, 0666);
    if (file < 0 || write(file, megabyte, sizeof megabyte) < 0) perror(path);
    close(file);
  }
}

static void misbehave(trial *t) {
  switch (t->then) {
    case CRASH: *(volatile int *)8 = 1; break;
    case HANG:
      for (volatile uint32_t i = 0;; i++) {
      }
    case EXIT: _exit(0);
    case CHATTER:
      for (int i = 0; i < 20000; i++) printf("line %d of far too many lines\n", i);
      fflush(stdout);
      t->then = NOTHING;
      break;
    case KILL: kill(getpid(), SIGKILL); break;
    case FILL: fill(), t->then = NOTHING; break;
    case SLOW: usleep(30000); break;
    case LEAK:
      for (;;) memset(malloc(1 << 20), 1, 1 << 20);
    default: break;
  }
}

static sb_status process(void *self, const sb_block *in, sb_block *out) {
  trial *t = self;
  if (t->blocks++ >= t->after) misbehave(t);
  for (uint32_t frame = 0; frame < in->frames; frame++) {
    for (uint32_t c = 0; c < t->channels; c++) {
      t->sums[c] += in->data[frame * in->stride + c];
      out->data[frame * out->stride + c] = (float)(t->gain * t->sums[c]);
    }
  }
  if (out->lost_before) sb_block_add_event(out, 0, 0, "lost");
  if (t->then == LOSE) out->lost_before = 4000000000u;
  return SB_OK;
}

static void set(void *self, uint32_t param, const sb_value *value) {
  if (param == GAIN) ((trial *)self)->gain = value->number;
}

static void deactivate(void *self) { (void)self; }

static void destroy(void *self) {
  if (((trial *)self)->then == LINGER) sleep(1000);
  free(self);
}

static uint32_t bytes(const void *self) { return ((const trial *)self)->channels * sizeof(double); }
static void save(const void *self, void *out) { memcpy(out, ((const trial *)self)->sums, bytes(self)); }
static sb_status load(void *self, const void *from, uint32_t count) {
  if (count != bytes(self)) return SB_INVALID;
  memcpy(((trial *)self)->sums, from, count);
  return SB_OK;
}
static double seconds(const void *self) { return (void)self, 0.125; }

static const void *extension(const char *id) {
  static const sb_ext_state state = {bytes, save, load};
  static const sb_ext_latency latency = {seconds};
  if (strcmp(id, SB_EXT_STATE) == 0) return &state;
  return strcmp(id, SB_EXT_LATENCY) == 0 ? &latency : NULL;
}

static const sb_stage_class stage = {
    .size = sizeof stage,
    .type = "trial",
    .name = "Trial",
    .category = "utility",
    .description = "Misbehaves when it is told to.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_SIGNAL,
    .params = params,
    .param_count = 5,
    .create = create,
    .activate = activate,
    .process = process,
    .set = set,
    .deactivate = deactivate,
    .destroy = destroy,
    .extension = extension,
};

typedef struct steps {
  double next, last;
} steps;

static const sb_param step_params[] = {{"last", SB_PARAM_NUMBER, 0, "", 0, 1e9, "1000", NULL, "Frames."}};

static sb_status create_steps(const sb_host *host, const sb_value *values, void **self) {
  (void)host;
  steps *s = calloc(1, sizeof *s);
  if (!s) return SB_NO_MEMORY;
  s->last = values[0].number;
  *self = s;
  return SB_OK;
}

static sb_status activate_steps(void *self, const sb_host *host, sb_format *out) {
  (void)self, (void)host;
  out->rate_hz = 1000;
  out->channels = 3;
  static const char *const names[] = {"a", "b", "c"};
  out->channel_names = names;
  return SB_OK;
}

static sb_status read_steps(void *self, sb_block *out) {
  steps *s = self;
  if (s->next >= s->last) return SB_END;
  for (uint32_t frame = 0; frame < out->frames; frame++, s->next++)
    for (uint32_t c = 0; c < 3; c++) out->data[frame * out->stride + c] = (float)s->next;
  sb_block_add_event(out, (int32_t)out->frames - 1, 0, "end of block");
  return SB_OK;
}

static const sb_source_class source = {
    .size = sizeof source,
    .type = "steps",
    .name = "Steps",
    .description = "Counts its frames.",
    .params = step_params,
    .param_count = 1,
    .create = create_steps,
    .activate = activate_steps,
    .read = read_steps,
    .deactivate = deactivate,
    .destroy = free,
};

/* Sets its own pace, and says with each block that a thousand seconds before it are lost. */
static sb_status read_lies(void *self, sb_block *out) {
  const sb_status status = read_steps(self, out);
  usleep(5000);
  out->lost_before = 1000000;
  out->flags = ~0u;
  for (uint32_t i = 0; i < out->event_count; i++) out->events[i].duration_s = 0.0f / 0.0f;
  return status;
}

static const sb_source_class liar = {
    .size = sizeof liar,
    .flags = SB_SOURCE_SELF_PACED,
    .type = "liar",
    .name = "Liar",
    .description = "Loses more than there can be.",
    .params = step_params,
    .param_count = 1,
    .create = create_steps,
    .activate = activate_steps,
    .read = read_lies,
    .deactivate = deactivate,
    .destroy = free,
};

SB_PLUGIN

sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  (void)host;
  fputs("trial registers\n", stderr);
#ifdef FALLS
  misbehave(&(trial){.then = FALLS});
#endif
#ifdef TALKS
  static char types[200][16], words[1001];
  static sb_param many[16];
  memset(words, 'x', sizeof words - 1);
  for (int i = 0; i < 16; i++) many[i] = (sb_param){types[i], SB_PARAM_NUMBER, 0, "", 0, 0, "0", NULL, words};
  for (int i = 0; i < 200; i++) {
    sprintf(types[i], "trial_%d", i);
    sb_stage_class another = stage;
    another.type = types[i];
    another.params = many;
    another.param_count = i < 16 ? (uint32_t)i : 16;
    registrar->add_stage(registrar, &another);
  }
#endif
  const sb_status status = registrar->add_stage(registrar, &stage);
  if (status != SB_OK || registrar->add_source(registrar, &source) != SB_OK) return SB_INVALID;
  return registrar->add_source(registrar, &liar);
}
