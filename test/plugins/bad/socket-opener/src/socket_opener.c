/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../bad.h"

enum { PORT_DISCARD = 9 };

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  (void)out;
  const int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_fd < 0) return SB_OK;
  const struct sockaddr_in there = {
      .sin_family = AF_INET, .sin_port = htons(PORT_DISCARD), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  sendto(socket_fd, in->data, in->stride * sizeof(float), 0, (const struct sockaddr *)&there, sizeof there);
  close(socket_fd);
  return SB_OK;
}

BAD_STAGE(socket_opener, "Bad: Socket opener", "Sends its signal to somebody else.")
