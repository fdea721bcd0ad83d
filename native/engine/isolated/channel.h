/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages between the engine and a plugin's process, over a socket: a question and its answer, one at a time, and with
 * a main part texts both ways. The engine's end never blocks, the process's end does. What an instance is to compute goes
 * through rings instead.
 */
#ifndef STAGEBOX_CHANNEL_H
#define STAGEBOX_CHANNEL_H

#include <stagebox/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pack.h"

/* In the order in which they come. */
typedef enum sb_message {
  SB_MESSAGE_START = 1, /* to the process: name, option lines */
  SB_MESSAGE_CLASSES,   /* from it: protections in words, classes (descriptor.h) */
  SB_MESSAGE_CREATE,    /* to it: class, values, format of the input (plugin-host/hosted_instance.c unpacks) */
  SB_MESSAGE_FORMAT,    /* from it: format of the output, latency, bytes of its state */
  SB_MESSAGE_RUN,       /* to it: exchange.h's memory, as three descriptors */
  SB_MESSAGE_RUNNING,   /* from it: it looks at the ring now */
  SB_MESSAGE_MAIN,      /* to it, in the place of CREATE: be the plugin's main part; its context, as JSON */
  SB_MESSAGE_TEXT,      /* then both ways, whenever there is something to say: engine/isolated/main_part.h */
  SB_MESSAGE_FAILED,    /* from it, instead of any other: status, words */
} sb_message;

enum { SB_CHANNEL_DESCRIPTORS = 3, SB_TEXT_BYTES = 1 << 18 /* that a text may have */ };

typedef struct sb_channel {
  int socket;
  uint32_t kind;          /* of the message that was received */
  uint8_t *bytes;         /* and its content, until the next */
  size_t count;
  size_t most;            /* bytes that a message may have */
  int descriptors[SB_CHANNEL_DESCRIPTORS]; /* that came with it; -1: none */
  bool takes_descriptors;
  size_t received, sent;
  uint8_t head[8];
  uint8_t *going; /* what is being sent */
  size_t going_count;
} sb_channel;

void sb_channel_open(sb_channel *channel, int socket, bool takes_descriptors);
void sb_channel_close(sb_channel *channel);

/* Begins to send a message; sb_channel_receive sends the rest. Descriptors stay the caller's. */
sb_status sb_channel_send(sb_channel *channel, sb_message kind, const void *bytes, size_t count,
                          const int *descriptors);

/* Whether a message has not left whole yet: another would take its place. Sends what goes. */
bool sb_channel_is_sending(sb_channel *channel);

/* The same with what was packed, which it frees. SB_NO_MEMORY if there was no memory to pack it. */
sb_status sb_channel_send_pack(sb_channel *channel, sb_message kind, sb_pack *pack);

/* SB_OK: a message is there; SB_AGAIN: not yet (never on an end that blocks); SB_END: the other side has closed;
 * SB_INVALID: it sent what cannot be (sb_last_error). */
sb_status sb_channel_receive(sb_channel *channel);

/* What a SB_MESSAGE_FAILED says, its words in sb_last_error; any other message is a failure as well. */
sb_status sb_channel_failure(const sb_channel *channel);

/* Whether the other side has closed. Never blocks. */
bool sb_channel_is_closed(const sb_channel *channel);

#endif
