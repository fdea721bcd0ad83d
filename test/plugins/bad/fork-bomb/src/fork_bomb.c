/* SPDX-License-Identifier: Apache-2.0
 *
 * A bomb with a short fuse: where nothing stops it, it is six generations deep and gone after two seconds.
 */
#include <unistd.h>

#include "../../bad.h"

static sb_status turn_bad(const sb_block *in, sb_block *out) {
  (void)in, (void)out;
  const pid_t self = getpid();
  for (int generation = 0; generation < 6; generation++)
    if (fork() < 0) break;
  if (getpid() == self) return SB_OK;
  sleep(2);
  _exit(0);
}

BAD_STAGE(fork_bomb, "Bad: Fork bomb", "Makes processes that make processes.")
