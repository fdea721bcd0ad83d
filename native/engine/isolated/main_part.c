/* SPDX-License-Identifier: Apache-2.0 */
#include "main_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "hosting.h"
#include "library.h"
#include "options.h"
#include "ticks.h"

enum { TEXTS_AT_ONCE = 32, BYTES_AT_ONCE = 1 << 16, HEAD_BYTES = 12 };
static const int64_t TEND_EVERY_NS = 50000000;

typedef enum step { WAITS, REGISTERS, RUNS } step;

struct sb_main_part {
  struct sb_main_part *next;
  uint32_t number;
  sb_library *library;
  sb_process *process; /* NULL: it has not begun, or is gone */
  char *context;
  step step;
  int64_t started_ns, tended_ns;
};

static struct sb_main_part *all;

typedef struct news {
  uint8_t *to;
  size_t room, count;
} news;

static bool has_room(const news *out, size_t bytes) { return out->room - out->count >= HEAD_BYTES + bytes; }

static void put(news *out, const sb_main_part *part, sb_main_news kind, const void *bytes, size_t count) {
  memcpy(out->to + out->count, (uint32_t[]){part->number, kind, (uint32_t)count}, HEAD_BYTES);
  memcpy(out->to + out->count + HEAD_BYTES, bytes, count);
  out->count += HEAD_BYTES + count;
}

sb_main_part *sb_main_part_create(sb_library *library, uint32_t number) {
  if (!library->hosting || !library->options->is_main || library->status != SB_OK)
    return sb_error(SB_INVALID, "%s: was not opened as a main part", library->path), NULL;
  sb_main_part *part = calloc(1, sizeof *part);
  if (!part) return sb_error(SB_NO_MEMORY, "out of memory"), NULL;
  *part = (sb_main_part){.next = all, .number = number, .library = library};
  atomic_fetch_add(&library->nodes, 1);
  return all = part;
}

static sb_status be_main(sb_main_part *part) {
  sb_channel *channel = &part->process->channel;
  part->step = RUNS;
  channel->most = SB_TEXT_BYTES;
  return sb_channel_send(channel, SB_MESSAGE_MAIN, part->context, strlen(part->context), NULL);
}

int32_t sb_main_part_begin(sb_main_part *part, const char *context) {
  if (part->process) return sb_error(SB_WRONG_STATE, "it runs already");
  char *copy = strdup(context);
  if (!copy) return sb_error(SB_NO_MEMORY, "out of memory");
  free(part->context);
  part->context = copy;
  part->started_ns = part->tended_ns = sb_clock_now_ns();
  part->process = sb_hosting_take(part->library->hosting);
  if (part->process) return be_main(part), SB_OK; /* that it is gone is told as news */
  part->step = REGISTERS;
  part->process = sb_hosting_spawn(part->library->hosting);
  return part->process ? SB_OK : SB_IO;
}

int32_t sb_main_part_send(sb_main_part *part, const char *text, uint32_t bytes) {
  if (!part->process || part->step != RUNS || sb_channel_is_sending(&part->process->channel)) return SB_AGAIN;
  if (bytes > SB_TEXT_BYTES) return sb_error(SB_INVALID, "a text of %u bytes is too long", bytes);
  const sb_status status = sb_channel_send(&part->process->channel, SB_MESSAGE_TEXT, text, bytes, NULL);
  return status == SB_END ? SB_AGAIN : status;
}

void sb_main_part_kill(sb_main_part *part, const char *why) {
  if (part->process) sb_process_kill(part->process, why);
}

/* What came of receiving, where that is no text. SB_OK: it goes on. */
static sb_status follow(sb_main_part *part, sb_status status) {
  sb_process *process = part->process;
  if (status == SB_OK && part->step == REGISTERS && process->channel.kind == SB_MESSAGE_CLASSES) return be_main(part);
  if (status == SB_OK) status = sb_channel_failure(&process->channel);
  if (status != SB_AGAIN && status != SB_END) {
    sb_process_kill(process, sb_last_error());
    return status;
  }
  const int64_t now = sb_clock_now_ns();
  if (status == SB_AGAIN && now < part->tended_ns + TEND_EVERY_NS) return SB_AGAIN;
  part->tended_ns = now;
  if (status == SB_AGAIN && !sb_process_tend(process)) return SB_END;
  if (status == SB_AGAIN && part->step == REGISTERS &&
      now > part->started_ns + sb_hosting_patience_ns(part->library->hosting)) {
    sb_process_kill(process, "did not register in time");
    return SB_END;
  }
  if (status == SB_END) sb_process_kill(process, NULL);
  return status;
}

static void look(sb_main_part *part, news *out) {
  const size_t most = out->count + BYTES_AT_ONCE;
  for (int texts = 0; part->process && texts < TEXTS_AT_ONCE && out->count < most && has_room(out, SB_TEXT_BYTES); texts++) {
    sb_channel *channel = &part->process->channel;
    sb_status status = sb_channel_receive(channel); /* what it said last, too, if it is over */
    if (status == SB_OK && part->step == RUNS && channel->kind == SB_MESSAGE_TEXT) {
      put(out, part, SB_MAIN_TEXT, channel->bytes, channel->count);
      continue;
    }
    status = follow(part, status);
    if (status == SB_AGAIN) return;
    if (status == SB_OK) continue;
    put(out, part, SB_MAIN_GONE, part->process->words, strlen(part->process->words));
    sb_process_destroy(part->process, false);
    part->process = NULL;
  }
}

/* Whoever was first is last the next time, so that none who says much keeps the others waiting. */
static void rotate(void) {
  sb_main_part *first = all, **end = &all;
  if (!first || !first->next) return;
  while (*end) end = &(*end)->next;
  *end = first;
  all = first->next;
  first->next = NULL;
}

uint32_t sb_main_parts_poll(uint8_t *to, uint32_t room) {
  news out = {.to = to, .room = room};
  for (sb_main_part *part = all; part; part = part->next) look(part, &out);
  rotate();
  return (uint32_t)out.count;
}

void sb_main_part_usage(const sb_main_part *part, double *out) {
  out[0] = out[1] = 0;
  if (part->process) sb_process_usage(part->process, &out[0], &out[1]);
}

void sb_main_part_destroy(sb_main_part *part, uint32_t was_asked) {
  if (!part) return;
  for (sb_main_part **at = &all; *at; at = &(*at)->next) {
    if (*at != part) continue;
    *at = part->next;
    break;
  }
  sb_process_destroy(part->process, was_asked);
  sb_library_release(part->library);
  free(part->context), free(part);
}
