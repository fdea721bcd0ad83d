/* SPDX-License-Identifier: Apache-2.0
 *
 * A sink: writes the root mean square of each channel, a line for each interval, to a CSV file in the plugin's private
 * folder. A sink has a group, and so a thread, of its own: while it writes, nobody waits for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stagebox/ext/draft/home.h>
#include <stagebox/stagebox.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

SB_PLUGIN

typedef struct level_log {
  double interval_s;
  char *path;
  int file;
  uint32_t frames, interval_frames; /* so far, and of a whole interval */
  double *squares;                  /* [channels] */
  char *line;
  size_t line_bytes;
} level_log;

enum { INTERVAL_S, FILE_NAME, NUMBER_BYTES = 24, MAX_CHANNELS = 4096 };

static const sb_param params[] = {
    [INTERVAL_S] = {.id = "interval_s", .kind = SB_PARAM_NUMBER, .unit = "s", .minimum = 0.1, .maximum = 3600, .fallback = "1",
                    .description = "Length of the signal that a line stands for."},
    [FILE_NAME] = {.id = "file", .kind = SB_PARAM_TEXT, .fallback = "levels.csv",
                   .description = "Name of the file in the plugin's private folder; lines are added at its end."},
};

static void destroy(void *instance) {
  level_log *self = instance;
  free(self->path), free(self);
}

static sb_status create(const sb_host *host, const sb_value *values, void **instance) {
  const char *name = values[FILE_NAME].texts[0];
  const sb_ext_home *home = host->extension(host, SB_EXT_HOME);
  if (!*name || *name == '.' || strchr(name, '/'))
    return host->fail(host, SB_INVALID, "file: \"%.64s\" is no name of a file in this plugin's folder; choose one like levels.csv", name);
  if (!home || !home->data) return host->fail(host, SB_REFUSED, "file: this plugin was given no folder to write to; give it one");
  level_log *self = calloc(1, sizeof *self);
  if (!self) return host->fail(host, SB_NO_MEMORY, "out of memory");
  self->interval_s = values[INTERVAL_S].number;
  self->file = -1;
  const size_t bytes = strlen(home->data) + strlen(name) + 2;
  self->path = malloc(bytes);
  if (!self->path) {
    destroy(self);
    return host->fail(host, SB_NO_MEMORY, "out of memory");
  }
  snprintf(self->path, bytes, "%s/%s", home->data, name);
  *instance = self;
  return SB_OK;
}

static void deactivate(void *instance) {
  level_log *self = instance;
  if (self->file >= 0) close(self->file);
  free(self->squares), free(self->line);
  self->file = -1, self->squares = NULL, self->line = NULL;
}

/* A quote in a name stands twice, as CSV wants it. */
static int write_head(int file, const sb_format *in) {
  char *head = NULL;
  size_t bytes = 0;
  FILE *out = open_memstream(&head, &bytes);
  if (!out) return -1;
  fputs("time_s", out);
  for (uint32_t c = 0; c < in->channels; c++) {
    fputs(",\"", out);
    for (const char *at = in->channel_names ? in->channel_names[c] : ""; *at; at++) {
      if (*at == '"') putc('"', out);
      putc(*at, out);
    }
    putc('"', out);
  }
  putc('\n', out);
  fclose(out);
  const ssize_t written = write(file, head, bytes);
  free(head);
  return written == (ssize_t)bytes ? 0 : -1;
}

static sb_status activate(void *instance, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)out;
  level_log *self = instance;
  if (in->rate_hz <= 0) return host->fail(host, SB_UNSUPPORTED, "input: its rate is irregular; take the input from an earlier stage");
  if (in->channels > MAX_CHANNELS) return host->fail(host, SB_INVALID, "input: %u channels are more than %d", in->channels, MAX_CHANNELS);
  self->frames = 0;
  self->interval_frames = (uint32_t)fmax(1, fmin(rint(self->interval_s * in->rate_hz), 1u << 31));
  self->squares = calloc(in->channels, sizeof *self->squares);
  self->line_bytes = (in->channels + 1) * (size_t)NUMBER_BYTES + 2;
  self->line = malloc(self->line_bytes);
  self->file = open(self->path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644);
  const bool is_new = self->file >= 0 && lseek(self->file, 0, SEEK_END) == 0;
  if (self->squares && self->line && self->file >= 0 && (!is_new || write_head(self->file, in) == 0)) return SB_OK;
  const int reason = errno;
  deactivate(self);
  return host->fail(host, SB_IO, "file: %s: %s", self->path, strerror(reason));
}

static sb_status write_line(level_log *self, uint32_t channels, double time_s) {
  int length = snprintf(self->line, NUMBER_BYTES, "%.3f", time_s);
  for (uint32_t c = 0; c < channels; c++) {
    length += snprintf(self->line + length, NUMBER_BYTES, ",%.6g", sqrt(self->squares[c] / self->frames));
    self->squares[c] = 0;
  }
  self->line[length++] = '\n';
  self->frames = 0;
  return write(self->file, self->line, (size_t)length) == length ? SB_OK : SB_IO;
}

static sb_status process(void *instance, const sb_block *in, sb_block *out) {
  (void)out;
  level_log *self = instance;
  sb_status status = SB_OK;
  for (uint32_t frame = 0; frame < in->frames; frame++) {
    const float *row = in->data + (size_t)frame * in->stride;
    for (uint32_t c = 0; c < in->channels; c++) self->squares[c] += (double)row[c] * (double)row[c];
    if (++self->frames < self->interval_frames) continue;
    const sb_status written = write_line(self, in->channels, (double)sb_block_time_ns(in, frame) * 1e-9);
    if (written != SB_OK) status = written;
  }
  return status;
}

static const sb_stage_class level_log_class = {
    .size = sizeof(sb_stage_class),
    .type = "level_log",
    .name = "Level log",
    .category = "utility",
    .description = "Writes the root mean square of each channel to a CSV file, a line for each interval.",
    .input = SB_PORT_SIGNAL,
    .output = SB_PORT_NONE,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
    .activate = activate,
    .process = process,
    .deactivate = deactivate,
    .destroy = destroy,
};

sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  (void)host;
  return registrar->add_stage(registrar, &level_log_class);
}
