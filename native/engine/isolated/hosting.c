/* SPDX-License-Identifier: Apache-2.0 */
#include "hosting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "ticks.h"

enum { LOG_BYTES = 1 << 16, MAX_SANDBOX = 1024, MAX_CATALOG_BYTES = 1 << 20 };

struct sb_hosting {
  sb_hosting_terms terms; /* name and options are copies */
  sb_process *describing; /* until it has told */
  int64_t started_ns;
  sb_status status;
  sb_descriptor *descriptor;
  sb_classes classes;
  char sandbox[MAX_SANDBOX], words[1024];
  int log_in, log_out;    /* a pipe: its processes write to log_in */
  char log[LOG_BYTES + 128];
  size_t log_count;
  uint64_t left_out;      /* bytes of the log that nobody read in time */
};

/* A plugin that writes more than is read goes on, and the rest is left out: neither end ever waits. */
static bool open_log(sb_hosting *hosting) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return false;
  hosting->log_out = ends[0];
  hosting->log_in = ends[1];
  return true;
}

sb_process *sb_hosting_spawn(sb_hosting *hosting) {
  const sb_hosting_terms *terms = &hosting->terms;
  sb_process *process = sb_process_start(terms->name, terms->file, hosting->log_in, terms->limits);
  if (!process) return NULL;
  sb_pack start = {0};
  sb_pack_text(&start, terms->name);
  sb_pack_text(&start, terms->options);
  sb_pack_u32(&start, (uint32_t)getpid());
  const sb_status status = sb_channel_send_pack(&process->channel, SB_MESSAGE_START, &start);
  if (status == SB_OK) return process;
  sb_error(status, "the plugin host ended as soon as it was started");
  sb_process_destroy(process, false);
  return NULL;
}

sb_process *sb_hosting_take(sb_hosting *hosting) {
  sb_process *process = hosting->describing;
  hosting->describing = NULL;
  return process;
}

/* "libgain.so" is "gain". */
static char *plain_name(const char *name) {
  char *copy = strdup(strncmp(name, "lib", 3) == 0 ? name + 3 : name);
  char *end = copy ? strstr(copy, ".so") : NULL;
  if (end) *end = 0;
  return copy;
}

sb_hosting *sb_hosting_create(const sb_hosting_terms *terms) {
  sb_hosting *hosting = calloc(1, sizeof *hosting);
  if (!hosting) return sb_error(SB_NO_MEMORY, "out of memory"), NULL;
  hosting->terms = *terms;
  hosting->terms.name = plain_name(terms->name);
  hosting->terms.options = strdup(terms->options ? terms->options : "");
  hosting->terms.file = fcntl(terms->file, F_DUPFD_CLOEXEC, 0);
  hosting->status = SB_AGAIN;
  hosting->started_ns = sb_clock_now_ns();
  hosting->log_in = hosting->log_out = -1;
  if (!hosting->terms.name || !hosting->terms.options || hosting->terms.file < 0 || !open_log(hosting))
    sb_error(SB_NO_MEMORY, "no memory or no descriptor for a plugin's process");
  else
    hosting->describing = sb_hosting_spawn(hosting);
  if (hosting->describing) return hosting;
  sb_hosting_destroy(hosting);
  return NULL;
}

static sb_status keep_sandbox(sb_hosting *hosting, const char *words) {
  if (!words) return sb_error(SB_INVALID, "its process does not tell what its sandbox is");
  snprintf(hosting->sandbox, sizeof hosting->sandbox, "%s", words);
  return SB_OK;
}

static sb_status unpack_classes(sb_hosting *hosting, const sb_channel *channel) {
  sb_unpack unpack = {.bytes = channel->bytes, .count = channel->count};
  /* All of it goes to everybody who asks what stages there are. */
  if (channel->count > MAX_CATALOG_BYTES)
    return sb_error(SB_INVALID,
                    "what it tells of its classes has %zu bytes, and may have %d: register fewer, or with fewer words",
                    channel->count, MAX_CATALOG_BYTES);
  const char *sandbox = sb_unpack_text(&unpack, MAX_SANDBOX - 1);
  if (!unpack.failed && hosting->terms.is_main) return keep_sandbox(hosting, sandbox);
  if (!unpack.failed)
    hosting->descriptor = sb_descriptor_unpack(unpack.bytes + unpack.at, unpack.count - unpack.at, &hosting->classes);
  if (!hosting->descriptor || !sandbox)
    return sb_error(SB_INVALID, "its process told something that is not a list of classes");
  return keep_sandbox(hosting, sandbox);
}

static sb_status ask(sb_hosting *hosting) {
  sb_process *process = hosting->describing;
  const sb_status status = sb_channel_receive(&process->channel);
  if (status == SB_OK && process->channel.kind == SB_MESSAGE_CLASSES) return unpack_classes(hosting, &process->channel);
  if (status == SB_OK) return sb_channel_failure(&process->channel);
  if (status == SB_INVALID) return status;
  if (status == SB_AGAIN && sb_process_tend(process)) {
    const int64_t patience_ns = hosting->terms.patience_ns;
    if (sb_clock_now_ns() < hosting->started_ns + patience_ns) return SB_AGAIN;
    return sb_error(SB_LATE, "stagebox_register did not return within %d s", (int)(patience_ns / 1000000000));
  }
  sb_process_kill(process, NULL);
  return sb_error(SB_CRASHED, "it fell over while it registered: %s", process->words);
}

sb_status sb_hosting_poll(sb_hosting *hosting, sb_classes *classes) {
  if (hosting->status == SB_AGAIN) {
    hosting->status = ask(hosting);
    if (hosting->status == SB_AGAIN) return SB_AGAIN;
    if (hosting->status != SB_OK) snprintf(hosting->words, sizeof hosting->words, "%s", sb_last_error());
    if (hosting->status != SB_OK || !hosting->terms.is_main)
      sb_process_destroy(sb_hosting_take(hosting), hosting->status == SB_OK);
  }
  if (hosting->status != SB_OK) return sb_error(hosting->status, "%s", hosting->words);
  *classes = hosting->classes;
  return SB_OK;
}

/* When there is too much, the newest stays out, and how much is told. */
static void drain_log(sb_hosting *hosting) {
  char spare[4096];
  for (size_t rounds = 0; rounds < 4 * LOG_BYTES / sizeof spare; rounds++) {
    const size_t room = LOG_BYTES - hosting->log_count;
    const ssize_t count = room ? read(hosting->log_out, hosting->log + hosting->log_count, room)
                               : read(hosting->log_out, spare, sizeof spare);
    if (count <= 0) return;
    if (room)
      hosting->log_count += (size_t)count;
    else
      hosting->left_out += (uint64_t)count;
  }
}

const char *sb_hosting_log(sb_hosting *hosting) {
  hosting->log_count = hosting->left_out = 0;
  drain_log(hosting);
  for (size_t i = 0; i < hosting->log_count; i++)
    if (hosting->log[i] == 0) hosting->log[i] = '?';
  int extra = 0;
  if (hosting->left_out)
    extra = sprintf(hosting->log + hosting->log_count, "\n... %llu bytes of output left out\n",
                    (unsigned long long)hosting->left_out);
  hosting->log[hosting->log_count + (size_t)extra] = 0;
  return hosting->log;
}

const char *sb_hosting_sandbox(const sb_hosting *hosting) { return hosting->sandbox; }

int64_t sb_hosting_patience_ns(const sb_hosting *hosting) { return hosting->terms.patience_ns; }

void sb_hosting_destroy(sb_hosting *hosting) {
  if (!hosting) return;
  sb_process_destroy(hosting->describing, false);
  sb_descriptor_destroy(hosting->descriptor);
  if (hosting->log_in >= 0) close(hosting->log_in), close(hosting->log_out);
  if (hosting->terms.file >= 0) close(hosting->terms.file);
  free((void *)hosting->terms.name), free((void *)hosting->terms.options), free(hosting);
}
