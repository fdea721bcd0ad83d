/* SPDX-License-Identifier: Apache-2.0 */
#include "channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "error.h"

enum { HEAD_BYTES = 8, MAX_BYTES = 1 << 24, MAX_WORDS = 1023 };

void sb_channel_open(sb_channel *channel, int socket, bool takes_descriptors) {
  *channel = (sb_channel){.socket = socket, .takes_descriptors = takes_descriptors, .most = MAX_BYTES};
  for (int i = 0; i < SB_CHANNEL_DESCRIPTORS; i++) channel->descriptors[i] = -1;
}

void sb_channel_close(sb_channel *channel) {
  if (channel->socket >= 0) close(channel->socket);
  free(channel->bytes);
  free(channel->going);
  sb_channel_open(channel, -1, false);
}

/* SB_AGAIN where the socket has no room or nothing. */
static sb_status failed(void) { return errno == EAGAIN || errno == EINTR ? SB_AGAIN : SB_END; }

static sb_status send_rest(sb_channel *channel, const int *descriptors) {
  union {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(sizeof(int) * SB_CHANNEL_DESCRIPTORS)];
  } control = {0};
  while (channel->sent < channel->going_count) {
    struct iovec part = {channel->going + channel->sent, channel->going_count - channel->sent};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptors) {
      message.msg_control = &control;
      message.msg_controllen = sizeof control;
      control.head = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int) * SB_CHANNEL_DESCRIPTORS),
                                      .cmsg_level = SOL_SOCKET,
                                      .cmsg_type = SCM_RIGHTS};
      memcpy(CMSG_DATA(&control.head), descriptors, sizeof(int) * SB_CHANNEL_DESCRIPTORS);
    }
    const ssize_t sent = sendmsg(channel->socket, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) return failed();
    if (sent < 0) continue;
    channel->sent += (size_t)sent;
    descriptors = NULL;
  }
  return SB_OK;
}

sb_status sb_channel_send(sb_channel *channel, sb_message kind, const void *bytes, size_t count,
                          const int *descriptors) {
  free(channel->going);
  channel->going = malloc(HEAD_BYTES + count);
  if (!channel->going || count > MAX_BYTES) return SB_NO_MEMORY;
  memcpy(channel->going, (uint32_t[]){kind, (uint32_t)count}, HEAD_BYTES);
  if (count) memcpy(channel->going + HEAD_BYTES, bytes, count);
  channel->going_count = HEAD_BYTES + count;
  channel->sent = 0;
  const sb_status status = send_rest(channel, descriptors);
  return status == SB_AGAIN ? SB_OK : status;
}

bool sb_channel_is_sending(sb_channel *channel) { return send_rest(channel, NULL) == SB_AGAIN; }

sb_status sb_channel_send_pack(sb_channel *channel, sb_message kind, sb_pack *pack) {
  const sb_status status = pack->failed ? SB_NO_MEMORY : sb_channel_send(channel, kind, pack->bytes, pack->count, NULL);
  free(pack->bytes);
  return status;
}

/* The kernel throws away what was passed to an end that takes no descriptors. */
static void keep_descriptors(sb_channel *channel, struct msghdr *message) {
  for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head; head = CMSG_NXTHDR(message, head)) {
    if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
        head->cmsg_len == CMSG_LEN(sizeof channel->descriptors))
      memcpy(channel->descriptors, CMSG_DATA(head), sizeof channel->descriptors);
  }
}

static sb_status receive_some(sb_channel *channel, void *to, size_t room) {
  union {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(sizeof(int) * SB_CHANNEL_DESCRIPTORS)];
  } control;
  struct iovec part = {to, room};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (channel->takes_descriptors) {
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
  }
  const ssize_t count = recvmsg(channel->socket, &message, MSG_CMSG_CLOEXEC);
  if (count < 0) return failed();
  if (count == 0) return SB_END;
  keep_descriptors(channel, &message);
  channel->received += (size_t)count;
  return SB_OK;
}

sb_status sb_channel_receive(sb_channel *channel) {
  sb_status status = send_rest(channel, NULL);
  if (status == SB_AGAIN) status = SB_OK; /* the other end may have to say something before it listens */
  while (status == SB_OK && channel->received < HEAD_BYTES)
    status = receive_some(channel, channel->head + channel->received, HEAD_BYTES - channel->received);
  if (status != SB_OK) return status;
  uint32_t head[2];
  memcpy(head, channel->head, sizeof head);
  if (channel->received == HEAD_BYTES) {
    free(channel->bytes);
    channel->kind = head[0];
    channel->count = head[1];
    channel->bytes = channel->count <= channel->most ? malloc(channel->count + 1) : NULL;
    if (!channel->bytes) return sb_error(SB_INVALID, "its process announced a message of %zu bytes", channel->count);
  }
  const size_t whole = HEAD_BYTES + channel->count;
  while (status == SB_OK && channel->received < whole)
    status = receive_some(channel, channel->bytes + channel->received - HEAD_BYTES, whole - channel->received);
  if (status == SB_OK) channel->received = 0;
  return status;
}

sb_status sb_channel_failure(const sb_channel *channel) {
  sb_unpack unpack = {.bytes = channel->bytes, .count = channel->count};
  const sb_status status = (sb_status)sb_unpack_u32(&unpack);
  const char *words = sb_unpack_text(&unpack, MAX_WORDS);
  if (channel->kind != SB_MESSAGE_FAILED || !words || status >= 0)
    return sb_error(SB_INVALID, "its process said something that nobody had asked for");
  return sb_error(status, "%s", words);
}

bool sb_channel_is_closed(const sb_channel *channel) {
  char byte;
  return recv(channel->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}
