/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells the service manager how the service does: the datagrams of systemd's sd_notify(3), which Bun cannot send. The
 * address is in NOTIFY_SOCKET: a path, or a name in the abstract namespace behind an '@'.
 */
#include <errno.h>
#include <stagebox_engine.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "error.h"

int32_t sb_service_notify(const char *state) {
  const char *name = getenv("NOTIFY_SOCKET");
  if (!name || !*name) return sb_error(SB_NOT_FOUND, "no service manager waits for news: NOTIFY_SOCKET is not set");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const size_t length = strlen(name);
  if ((*name != '/' && *name != '@') || length >= sizeof address.sun_path)
    return sb_error(SB_UNSUPPORTED, "NOTIFY_SOCKET is %.64s, neither a path nor @ and a name", name);
  memcpy(address.sun_path, name, length);
  if (*name == '@') address.sun_path[0] = '\0';
  /* An abstract name ends where the address does, a path at its zero byte. */
  const size_t address_bytes = offsetof(struct sockaddr_un, sun_path) + length + (*name == '/');

  const int file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (file < 0) return sb_error(SB_IO, "no socket for the service manager (%s)", strerror(errno));
  const ssize_t sent = sendto(file, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
                              (const struct sockaddr *)&address, (socklen_t)address_bytes);
  const int code = errno;
  close(file);
  return sent >= 0 ? SB_OK : sb_error(SB_IO, "the service manager at %.100s does not listen (%s)", name, strerror(code));
}
