// SPDX-License-Identifier: Apache-2.0
//
// Writes a file as soon as it is loaded, before anybody calls it. CANARY: which one.
#include <fcntl.h>
#include <stagebox/stagebox.h>
#include <unistd.h>

SB_PLUGIN

__attribute__((constructor)) static void sing(void) {
  const int file = open(CANARY, O_CREAT | O_WRONLY, 0644);
  if (file >= 0) close(file);
}

sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  (void)host, (void)registrar;
  return SB_OK;
}
