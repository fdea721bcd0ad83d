/* SPDX-License-Identifier: Apache-2.0 */
#include "pack.h"

#include <stdlib.h>
#include <string.h>

enum { NO_TEXT = 0xFFFFFFFFu, FIRST_ROOM = 256 };

void sb_pack_bytes(sb_pack *pack, const void *bytes, size_t count) {
  if (pack->count + count > pack->room) {
    size_t room = pack->room ? pack->room : FIRST_ROOM;
    while (room < pack->count + count) room *= 2;
    uint8_t *grown = realloc(pack->bytes, room);
    if (!grown) {
      pack->failed = true;
      return;
    }
    pack->bytes = grown;
    pack->room = room;
  }
  if (count) memcpy(pack->bytes + pack->count, bytes, count);
  pack->count += count;
}

void sb_pack_u32(sb_pack *pack, uint32_t number) { sb_pack_bytes(pack, &number, sizeof number); }

void sb_pack_f64(sb_pack *pack, double number) { sb_pack_bytes(pack, &number, sizeof number); }

void sb_pack_text(sb_pack *pack, const char *text) {
  const uint32_t length = text ? (uint32_t)strlen(text) : NO_TEXT;
  sb_pack_u32(pack, length);
  if (text) sb_pack_bytes(pack, text, (size_t)length + 1);
}

void sb_pack_texts(sb_pack *pack, const char *const *texts, uint32_t count) {
  sb_pack_u32(pack, texts != NULL);
  for (uint32_t i = 0; texts && i < count; i++) sb_pack_text(pack, texts[i]);
}

void sb_pack_format(sb_pack *pack, const sb_format *format) {
  sb_pack_u32(pack, format->port);
  sb_pack_f64(pack, format->rate_hz);
  sb_pack_u32(pack, format->channels);
  sb_pack_u32(pack, format->values);
  sb_pack_u32(pack, format->max_frames);
  sb_pack_f64(pack, format->bin_hz);
  sb_pack_text(pack, format->unit);
  sb_pack_texts(pack, format->channel_names, format->channels);
  sb_pack_texts(pack, format->value_names, format->values);
}

const void *sb_unpack_bytes(sb_unpack *unpack, size_t count) {
  if (count > unpack->count - unpack->at) unpack->failed = true;
  if (unpack->failed) return NULL;
  unpack->at += count;
  return unpack->bytes + unpack->at - count;
}

uint32_t sb_unpack_u32(sb_unpack *unpack) {
  uint32_t number = 0;
  const void *bytes = sb_unpack_bytes(unpack, sizeof number);
  if (bytes) memcpy(&number, bytes, sizeof number);
  return number;
}

double sb_unpack_f64(sb_unpack *unpack) {
  double number = 0;
  const void *bytes = sb_unpack_bytes(unpack, sizeof number);
  if (bytes) memcpy(&number, bytes, sizeof number);
  return number;
}

const char *sb_unpack_text(sb_unpack *unpack, size_t limit) {
  const uint32_t length = sb_unpack_u32(unpack);
  if (length == NO_TEXT) return NULL;
  const char *text = sb_unpack_bytes(unpack, (size_t)length + 1);
  if (text && length <= limit && memchr(text, 0, (size_t)length + 1) == text + length) return text;
  unpack->failed = true;
  return NULL;
}

const char **sb_unpack_texts(sb_unpack *unpack, uint32_t count) {
  if (sb_unpack_u32(unpack) == 0) return NULL;
  /* Each takes some bytes: a count beyond what there is would only cost memory. */
  const char **texts = count <= unpack->count - unpack->at ? calloc((size_t)count + 1, sizeof *texts) : NULL;
  if (!texts) unpack->failed = true;
  for (uint32_t i = 0; texts && i < count; i++) {
    texts[i] = sb_unpack_text(unpack, unpack->count);
    if (!texts[i]) unpack->failed = true;
  }
  return texts;
}

void sb_unpack_format(sb_unpack *unpack, sb_format *format) {
  *format = (sb_format){.size = sizeof *format};
  format->port = sb_unpack_u32(unpack);
  format->rate_hz = sb_unpack_f64(unpack);
  format->channels = sb_unpack_u32(unpack);
  format->values = sb_unpack_u32(unpack);
  format->max_frames = sb_unpack_u32(unpack);
  format->bin_hz = sb_unpack_f64(unpack);
  format->unit = sb_unpack_text(unpack, unpack->count);
  format->channel_names = sb_unpack_texts(unpack, format->channels);
  format->value_names = sb_unpack_texts(unpack, format->values);
}

void sb_format_free(sb_format *format) {
  free((void *)format->channel_names), free((void *)format->value_names);
  *format = (sb_format){0};
}
