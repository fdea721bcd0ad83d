/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers and texts as bytes, one after the other. Who unpacks reads bytes that may be anything: whatever does not fit
 * makes the reading a failure from there on, and everything read afterwards is 0 or NULL.
 */
#ifndef STAGEBOX_PACK_H
#define STAGEBOX_PACK_H

#include <stagebox/format.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sb_pack {
  uint8_t *bytes; /* free() it */
  size_t count, room;
  bool failed;    /* memory was short */
} sb_pack;

void sb_pack_bytes(sb_pack *pack, const void *bytes, size_t count);
void sb_pack_u32(sb_pack *pack, uint32_t number);
void sb_pack_f64(sb_pack *pack, double number);
void sb_pack_text(sb_pack *pack, const char *text); /* or NULL */
void sb_pack_texts(sb_pack *pack, const char *const *texts, uint32_t count); /* or NULL */
void sb_pack_format(sb_pack *pack, const sb_format *format);

typedef struct sb_unpack {
  const uint8_t *bytes;
  size_t count, at;
  bool failed;
} sb_unpack;

const void *sb_unpack_bytes(sb_unpack *unpack, size_t count); /* a place in `bytes` */
uint32_t sb_unpack_u32(sb_unpack *unpack);
double sb_unpack_f64(sb_unpack *unpack);
/* A place in `bytes`. With `limit`, a longer text is a failure. */
const char *sb_unpack_text(sb_unpack *unpack, size_t limit);
/* `count` texts, and a NULL behind them; free() the array. NULL if NULL was packed, or memory is short (a failure). */
const char **sb_unpack_texts(sb_unpack *unpack, uint32_t count);

/* Its texts lie in `bytes`, its arrays are to be given back with sb_format_free. Any shape: check it. */
void sb_unpack_format(sb_unpack *unpack, sb_format *format);
void sb_format_free(sb_format *format);

#endif
