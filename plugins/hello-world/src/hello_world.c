/* SPDX-License-Identifier: Apache-2.0
 *
 * Says hello: in its log when it begins and when a pipeline starts, and to whoever asks its service `greet`.
 */
#include <stagebox-plugin.h>
#include <stdio.h>

static sb_failure init(const sb_setting *settings, uint32_t count) {
  char line[256];
  (void)count; /* plugin.toml has one, `name` */
  const sb_text name = settings[0].value.text;
  snprintf(line, sizeof line, "Hello, I am %.*s", (int)name.length, name.bytes);
  sb_log(SB_LOG_INFO, line);
  return NULL;
}

/* It was granted to hear of one kind of event alone. */
static sb_failure handle_event(const sb_event *event) {
  char line[256];
  const sb_text pipeline = sb_json_member(event->data, "pipeline");
  snprintf(line, sizeof line, "Hello, pipeline %.*s", (int)pipeline.length, pipeline.bytes);
  sb_log(SB_LOG_INFO, line);
  return NULL;
}

/* `who` is a text in JSON, "Ada": what stands between its quotes may stand between others. */
static sb_failure serve(uint32_t request, sb_text service, sb_text who) {
  char greeting[1024];
  (void)service; /* plugin.toml has one, `greet` */
  snprintf(greeting, sizeof greeting, "\"Hello, %.*s!\"", (int)who.length - 2, who.bytes + 1);
  return sb_answer(request, greeting);
}

const sb_plugin stagebox_plugin = {.init = init, .handle_event = handle_event, .serve = serve};
