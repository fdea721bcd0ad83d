/* SPDX-License-Identifier: Apache-2.0
 *
 * A main part and no stage: doubles numbers for others, and has the sum of two of them told by a third.
 */
#include <stagebox/ext/draft/main.h>
#include <stagebox/stagebox.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

SB_PLUGIN

static const sb_ext_main *ext;
static const sb_host *box;
static uint64_t asked; /* the request that waits for an answer to a call of its own */

static sb_status on_load(void *self, const sb_host *host, const char *context) {
  (void)self;
  box = host;
  printf("context %s\n", context);
  return ext->subscribe(host, "asker.asked");
}

static void on_event(void *self, const char *type, const char *event) {
  (void)self;
  const char *data = strstr(event, "\"data\":");
  char text[256];
  snprintf(text, sizeof text, "{\"type\":\"%s\",\"same\":%s}", type, data && strstr(data, "\"n\":7") ? "true" : "false");
  ext->publish(box, "doubler.heard", text);
}

static void on_request(void *self, uint64_t request, const char *service, const char *body) {
  (void)self;
  char text[64];
  uint64_t call;
  snprintf(text, sizeof text, "%.17g", 2 * strtod(body, NULL));
  if (strcmp(service, "double") == 0) ext->answer(box, request, text);
  else if (strcmp(service, "forward") == 0 && ext->call(box, "asker.negate", body, &call) == SB_OK) asked = request;
  else ext->refuse(box, request, "cannot do that");
}

static void on_answer(void *self, uint64_t call, sb_status status, const char *body) {
  (void)self, (void)call;
  if (status == SB_OK) ext->answer(box, asked, body);
  else ext->refuse(box, asked, body);
}

static void on_unload(void *self) {
  (void)self;
  puts("unloads");
}

static const sb_main doubler = {.size = sizeof(sb_main), .on_load = on_load, .on_unload = on_unload, .on_event = on_event,
                                .on_request = on_request, .on_answer = on_answer};

sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  (void)registrar;
  ext = host->extension(host, SB_EXT_MAIN);
  return ext ? ext->offer(host, &doubler) : host->fail(host, SB_UNSUPPORTED, "it has no stages");
}
