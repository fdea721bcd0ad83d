/* SPDX-License-Identifier: Apache-2.0 */
#include "own_main.h"

#include <stagebox_engine.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "error.h"
#include "serve.h"

enum { MAX_NAME = 128 };

static sb_registry *registry; /* until the library has registered */
static const sb_main *offered;
static sb_channel *channel;   /* once it runs */
static uint64_t calls;

/* "words\n" and the body. */
static sb_status say(const char *words, const char *body) {
  if (!channel) return sb_error(SB_WRONG_STATE, "%s: only once on_load is called", words);
  const size_t bytes = strlen(words) + 1 + (body ? strlen(body) : 0);
  if (!body || bytes > SB_TEXT_BYTES)
    return sb_error(SB_INVALID, "%s: what goes with it has %zu bytes, and may have %d with it", words, bytes, SB_TEXT_BYTES);
  char *text = NULL;
  if (asprintf(&text, "%s\n%s", words, body) < 0) return sb_error(SB_NO_MEMORY, "out of memory");
  const sb_status status = sb_channel_send(channel, SB_MESSAGE_TEXT, text, bytes, NULL);
  free(text);
  return status;
}

/* A line end in a name would make another message of it. */
static sb_status say_of(const char *verb, const char *name, const char *body) {
  char words[MAX_NAME + 64];
  if (!name || !*name || strlen(name) > MAX_NAME || strpbrk(name, " \n"))
    return sb_error(SB_INVALID, "%s: that is no name", verb);
  snprintf(words, sizeof words, "%s %s", verb, name);
  return say(words, body);
}

static sb_status subscribe(const sb_host *host, const char *type) {
  (void)host;
  return say_of("subscribe", type, "");
}

static sb_status publish(const sb_host *host, const char *type, const char *data) {
  (void)host;
  return say_of("publish", type, data);
}

static sb_status call(const sb_host *host, const char *service, const char *body, uint64_t *out) {
  (void)host;
  char verb[32];
  snprintf(verb, sizeof verb, "call %llu", (unsigned long long)(calls + 1));
  const sb_status status = say_of(verb, service, body);
  if (status == SB_OK) *out = ++calls;
  return status;
}

static sb_status settle(uint64_t request, const char *how, const char *body) {
  char words[64];
  snprintf(words, sizeof words, "answer %llu %s", (unsigned long long)request, how);
  return say(words, body);
}

static sb_status answer(const sb_host *host, uint64_t request, const char *body) {
  (void)host;
  return settle(request, "ok", body);
}

static sb_status refuse(const sb_host *host, uint64_t request, const char *words) {
  (void)host;
  return settle(request, "error", words);
}

/* Whether it goes on. */
static bool follow(const sb_main *it, char *line, const char *body) {
  char *rest;
  const char *verb = strtok_r(line, " ", &rest), *first = strtok_r(NULL, " ", &rest);
  const char *second = strtok_r(NULL, " ", &rest);
  if (!verb || strcmp(verb, "unload") == 0) return false;
  if (strcmp(verb, "ping") == 0) return say("pong", "") == SB_OK;
  if (strcmp(verb, "event") == 0 && first && it->on_event) it->on_event(it->self, first, body);
  const uint64_t number = first ? strtoull(first, NULL, 10) : 0;
  if (strcmp(verb, "request") == 0 && second && it->on_request) it->on_request(it->self, number, second, body);
  else if (strcmp(verb, "request") == 0) settle(number, "error", "it serves nothing");
  if (strcmp(verb, "answer") == 0 && second && it->on_answer)
    it->on_answer(it->self, number, strcmp(second, "ok") == 0 ? SB_OK : SB_REFUSED, body);
  return true;
}

static int serve(sb_channel *to, const char *context, const sb_host *host) {
  channel = to;
  sb_error(SB_OK, "%s", "");
  const sb_status status = offered->on_load ? offered->on_load(offered->self, host, context) : SB_OK;
  if (status != SB_OK && !*sb_last_error()) sb_error(status, "on_load failed, and does not say why");
  if (status != SB_OK) return sb_serve_failure(channel, status < 0 ? status : SB_INVALID);
  if (say("loaded", "") != SB_OK) return 0;
  for (bool goes_on = true; goes_on;) {
    if (sb_channel_receive(channel) != SB_OK || channel->kind != SB_MESSAGE_TEXT) return 0;
    char *line = (char *)channel->bytes;
    line[channel->count] = 0; /* it has room for that */
    char *end = strchr(line, '\n');
    if (end) *end = 0;
    goes_on = follow(offered, line, end ? end + 1 : "");
  }
  if (offered->on_unload) offered->on_unload(offered->self);
  return 0;
}

static sb_status offer(const sb_host *host, const sb_main *main) {
  (void)host;
  if (!registry || registry->main_loop) return sb_error(SB_WRONG_STATE, "a main part is offered once, as it registers");
  if (!main || main->size < sizeof *main) return sb_error(SB_INVALID, "set .size = sizeof(sb_main)");
  offered = main;
  registry->main_loop = serve;
  return SB_OK;
}

const sb_ext_main *sb_own_main(sb_registry *of) {
  static const sb_ext_main extension = {.size = sizeof extension, .offer = offer, .subscribe = subscribe,
                                        .publish = publish, .call = call, .answer = answer, .refuse = refuse};
  registry = of;
  return &extension;
}
