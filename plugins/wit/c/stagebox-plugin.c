/* SPDX-License-Identifier: Apache-2.0
 *
 * The calls between a box and the table of stagebox-plugin.h.
 */
#include "stagebox-plugin.h"

#include <stdio.h>
#include <stdlib.h>

#include "calls.h"

#define EXPORT(name) EXPORT_OF("lifecycle", name)
#define LENGTH(text) ((uint32_t)strlen(text))

/* ---- JSON, of which the box sees to it that it is whole ---- */

static const char *past_space(const char *at, const char *end) {
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) at++;
  return at;
}

/* `at`: its first quote. */
static const char *past_text(const char *at, const char *end) {
  for (at++; at < end && *at != '"'; at++)
    if (*at == '\\') at++;
  return at < end ? at + 1 : end;
}

static const char *past_value(const char *at, const char *end) {
  for (int depth = 0; at < end;) {
    const bool opens = *at == '{' || *at == '[', closes = *at == '}' || *at == ']';
    if (depth == 0 && (closes || *at == ',')) break;
    depth += opens - closes;
    at = *at == '"' ? past_text(at, end) : at + 1;
  }
  return at;
}

sb_text sb_json_member(sb_text object, const char *name) {
  const char *end = object.bytes + object.length, *at = past_space(object.bytes, end);
  if (at < end && *at == '{') at++;
  while ((at = past_space(at, end)) < end && *at == '"') {
    const char *key = at + 1;
    at = past_text(at, end);
    const sb_text found = {key, (uint32_t)(at - key - 1)};
    at = past_space(at, end);
    if (at == end || *at != ':') break;
    const char *value = past_space(at + 1, end), *behind = past_value(value, end);
    if (sb_text_is(found, name)) {
      while (behind > value && past_space(behind - 1, behind) == behind) behind--;
      return (sb_text){value, (uint32_t)(behind - value)};
    }
    at = behind < end ? behind + 1 : end;
  }
  return (sb_text){0};
}

/* ---- the world's functions ---- */

EXPORT("init")
sb_outcome *stagebox_init(const sb_setting *settings, uint32_t count) {
  return sb_conclude(stagebox_plugin.init(settings, count));
}

static sb_failure serve(sb_text data) {
  const sb_text number = sb_json_member(data, "request"), service = sb_json_member(data, "service");
  const uint32_t request = number.length > 0 ? (uint32_t)strtoul(number.bytes, NULL, 10) : 0;
  if (service.length < 2) return "a request without a service came";
  const sb_text name = {service.bytes + 1, service.length - 2};
  sb_failure refused = stagebox_plugin.serve ? stagebox_plugin.serve(request, name, sb_json_member(data, "body"))
                                             : "it answers no requests";
  if (refused) sb_refuse(request, refused);
  return NULL;
}

EXPORT("handle-event")
sb_outcome *stagebox_handle_event(const char *name, uint32_t name_length, uint64_t time_ms, const char *data,
                                  uint32_t data_length) {
  const sb_event event = {{name, name_length}, time_ms, {data, data_length}};
  if (sb_text_is(event.name, "service.request")) return sb_conclude(serve(event.data));
  return sb_conclude(stagebox_plugin.handle_event ? stagebox_plugin.handle_event(&event) : NULL);
}

EXPORT("shutdown")
void stagebox_shutdown(void) {
  if (stagebox_plugin.shutdown) stagebox_plugin.shutdown();
}

/* ---- what the box lends ---- */

/* The errors of relay and services begin alike, and those of filesystem and watch do. */
typedef struct refusal {
  uint8_t kind; /* not-granted, bad-payload, and that it is too much */
  sb_text words;
} refusal;

enum { NOT_GRANTED, BAD_PAYLOAD, TOO_MUCH };

static sb_failure words_of(const refusal *it) {
  static char words[512];
  if (it->kind == NOT_GRANTED) return "it was not granted";
  if (it->kind == TOO_MUCH) return "that is more than the box takes at a time";
  snprintf(words, sizeof words, "it does not fit: %.*s", (int)it->words.length, it->words.bytes);
  return words;
}

static sb_failure file_words(uint8_t error) {
  static const char *const words[] = {"it was not granted",   "nothing is there", "that is no folder",
                                      "that path is not taken", "it is too much",   "the system refused; try later"};
  return words[error < sizeof words / sizeof *words ? error : 0];
}

static sb_failure watch_words(uint8_t error) {
  static const char *const words[] = {"it was not granted", "nothing is there", "that is no folder",
                                      "that path is not taken", "it watches too many folders"};
  return words[error < sizeof words / sizeof *words ? error : 0];
}

typedef struct told { /* result<_, error>, result<u32, error> */
  uint8_t has_failed;
  union {
    uint32_t number;
    refusal refusal;
  };
} told;

typedef struct watched { /* result<u32, error-code> */
  uint8_t has_failed;
  union {
    uint32_t number;
    uint8_t error;
  };
} watched;

typedef struct listed { /* result<list<entry>, error-code> */
  uint8_t has_failed;
  union {
    sb_entries entries;
    uint8_t error;
  };
} listed;

typedef struct looked_at { /* result<metadata, error-code> */
  uint8_t has_failed;
  union {
    sb_metadata metadata;
    uint8_t error;
  };
} looked_at;

_Static_assert(sizeof(told) == 16 && offsetof(told, refusal.words) == 8, "");
_Static_assert(sizeof(watched) == 8 && sizeof(listed) == 12 && sizeof(looked_at) == 32, "");
_Static_assert(sizeof(sb_entry) == 12 && sizeof(sb_metadata) == 24, "");

IMPORT("relay", "publish")
void stagebox_publish(const char *channel, uint32_t channel_length, const char *payload, uint32_t length, told *it);
sb_failure sb_publish(const char *channel, const char *payload) {
  told it;
  stagebox_publish(channel, LENGTH(channel), payload, LENGTH(payload), &it);
  return it.has_failed ? words_of(&it.refusal) : NULL;
}

IMPORT("services", "call")
void stagebox_call(const char *service, uint32_t service_length, const char *request, uint32_t length, told *it);
sb_failure sb_call(const char *service, const char *request, uint32_t *call) {
  told it;
  stagebox_call(service, LENGTH(service), request, LENGTH(request), &it);
  if (it.has_failed) return words_of(&it.refusal);
  *call = it.number;
  return NULL;
}

IMPORT("services", "answer") void stagebox_answer(uint32_t request, const char *answer, uint32_t length, told *it);
sb_failure sb_answer(uint32_t request, const char *answer) {
  told it;
  stagebox_answer(request, answer, LENGTH(answer), &it);
  return it.has_failed ? words_of(&it.refusal) : NULL;
}

IMPORT("services", "refuse") void stagebox_refuse(uint32_t request, const char *words, uint32_t length);
void sb_refuse(uint32_t request, const char *words) { stagebox_refuse(request, words, LENGTH(words)); }

IMPORT("filesystem", "grants") void stagebox_grants(sb_texts *grants);
sb_texts sb_grants(void) {
  sb_texts grants;
  stagebox_grants(&grants);
  return grants;
}

IMPORT("filesystem", "list-dir")
void stagebox_list_dir(const char *grant, uint32_t grant_length, const char *path, uint32_t length, listed *it);
sb_failure sb_list_dir(const char *grant, const char *path, sb_entries *entries) {
  listed it;
  stagebox_list_dir(grant, LENGTH(grant), path, LENGTH(path), &it);
  if (it.has_failed) return file_words(it.error);
  *entries = it.entries;
  return NULL;
}

IMPORT("filesystem", "read-metadata")
void stagebox_read_metadata(const char *grant, uint32_t grant_length, const char *path, uint32_t length, looked_at *it);
sb_failure sb_read_metadata(const char *grant, const char *path, sb_metadata *metadata) {
  looked_at it;
  stagebox_read_metadata(grant, LENGTH(grant), path, LENGTH(path), &it);
  if (it.has_failed) return file_words(it.error);
  *metadata = it.metadata;
  return NULL;
}

IMPORT("watch", "subscribe")
void stagebox_watch(const char *grant, uint32_t grant_length, const char *path, uint32_t length, uint32_t debounce_ms,
                    watched *it);
sb_failure sb_watch(const char *grant, const char *path, uint32_t debounce_ms, uint32_t *subscription) {
  watched it;
  stagebox_watch(grant, LENGTH(grant), path, LENGTH(path), debounce_ms, &it);
  if (it.has_failed) return watch_words(it.error);
  *subscription = it.number;
  return NULL;
}

IMPORT("watch", "unsubscribe") void stagebox_unwatch(uint32_t subscription);
void sb_unwatch(uint32_t subscription) { stagebox_unwatch(subscription); }
