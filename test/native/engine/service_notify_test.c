/* SPDX-License-Identifier: Apache-2.0
 *
 * The test is the service manager: it binds the socket, and reads what comes.
 */
#include <stagebox/status.h>
#include <stagebox_engine.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "check.h"

/* A socket of that name (abstract: an '@' before it), which NOTIFY_SOCKET then names. */
static int manager(const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const size_t length = strlen(name);
  memcpy(address.sun_path, name, length);
  if (*name == '@') address.sun_path[0] = '\0';
  const int file = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  const size_t bytes = offsetof(struct sockaddr_un, sun_path) + length + (*name == '/');
  CHECK(bind(file, (struct sockaddr *)&address, (socklen_t)bytes) == 0);
  setenv("NOTIFY_SOCKET", name, 1);
  return file;
}

static const char *received(int file) {
  static char text[256];
  const ssize_t bytes = recv(file, text, sizeof text - 1, 0);
  text[bytes < 0 ? 0 : bytes] = '\0';
  return text;
}

TEST(service_notify_reaches_a_path_and_an_abstract_name) {
  char path[64], abstract[64];
  snprintf(path, sizeof path, "/tmp/stagebox-notify-%d", (int)getpid());
  snprintf(abstract, sizeof abstract, "@stagebox-notify-%d", (int)getpid());
  const char *names[] = {path, abstract};
  for (int i = 0; i < 2; i++) {
    const int file = manager(names[i]);
    CHECK_EQUAL(sb_service_notify("READY=1\nSTATUS=runs"), SB_OK);
    CHECK(strcmp(received(file), "READY=1\nSTATUS=runs") == 0);
    CHECK_EQUAL(sb_service_notify(""), SB_OK);
    close(file);
  }
  unlink(path);
  unsetenv("NOTIFY_SOCKET");
}

TEST(service_notify_says_why_nobody_hears_it) {
  unsetenv("NOTIFY_SOCKET");
  CHECK_EQUAL(sb_service_notify("READY=1"), SB_NOT_FOUND);
  setenv("NOTIFY_SOCKET", "", 1);
  CHECK_EQUAL(sb_service_notify("READY=1"), SB_NOT_FOUND);
  setenv("NOTIFY_SOCKET", "/tmp/stagebox-nobody-listens-here", 1);
  CHECK_EQUAL(sb_service_notify("READY=1"), SB_IO);
  CHECK(strstr(sb_last_error(), "/tmp/stagebox-nobody-listens-here") != NULL);
  setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
  CHECK_EQUAL(sb_service_notify("READY=1"), SB_UNSUPPORTED);
  char longest[sizeof((struct sockaddr_un *)0)->sun_path + 2];
  memset(longest, 'a', sizeof longest);
  longest[0] = '/', longest[sizeof longest - 1] = '\0';
  setenv("NOTIFY_SOCKET", longest, 1);
  CHECK_EQUAL(sb_service_notify("READY=1"), SB_UNSUPPORTED);
  unsetenv("NOTIFY_SOCKET");
}

TEST(service_notify_never_waits_for_a_manager_that_does_not_read) {
  char name[64];
  snprintf(name, sizeof name, "@stagebox-full-%d", (int)getpid());
  const int file = manager(name);
  int sent = 0;
  while (sent < 100000 && sb_service_notify("WATCHDOG=1") == SB_OK) sent++;
  CHECK(sent > 0 && sent < 100000);
  close(file);
  unsetenv("NOTIFY_SOCKET");
}
