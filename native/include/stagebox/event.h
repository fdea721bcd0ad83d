/* SPDX-License-Identifier: Apache-2.0
 *
 * An event is a short text at one frame of a block: a marker set by a person, an annotation read from
 * a file, a heart beat found by a stage. Events ride on the blocks of a signal, so they stay on their
 * sample through rings, recorders and streams.
 */
#ifndef STAGEBOX_EVENT_H
#define STAGEBOX_EVENT_H

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { /* ffi */
  SB_EVENT_LABEL_BYTES = 56, /* UTF-8 with its closing zero; longer labels are cut at a character */
  SB_BLOCK_MAX_EVENTS = 64,  /* events one block can carry; the source holds the rest for the next */
};

typedef struct sb_event { /* ffi */
  int32_t frame;        /* relative to the block's first frame; negative: it belongs to an earlier block */
  float duration_s;     /* 0 for an instant */
  char label[SB_EVENT_LABEL_BYTES];
} sb_event;

/* Copies a label, cut at a character if it is too long, zeros behind it. [any] */
static inline void sb_event_set_label(char to[SB_EVENT_LABEL_BYTES], const char *label) {
  size_t length = strlen(label);
  if (length >= SB_EVENT_LABEL_BYTES) {
    length = SB_EVENT_LABEL_BYTES - 1;
    while (length > 0 && ((unsigned char)label[length] & 0xC0u) == 0x80u) length--;
  }
  memset(to, 0, SB_EVENT_LABEL_BYTES);
  memcpy(to, label, length);
}

#ifdef __cplusplus
}
#endif
#endif
