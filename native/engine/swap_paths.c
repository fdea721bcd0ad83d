/* SPDX-License-Identifier: Apache-2.0
 *
 * Two names change places in one step: what an installation needs and Bun cannot do.
 */
#include <errno.h>
#include <fcntl.h>
#include <stagebox_engine.h>
#include <stdio.h>
#include <string.h>

#include "error.h"

int32_t sb_swap_paths(const char *a, const char *b) {
  if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0) return SB_OK;
  const int code = errno;
  const sb_status status = code == EINVAL || code == ENOSYS ? SB_UNSUPPORTED : SB_IO;
  return sb_error(status, "%s and %s cannot change places (%s)", a, b, strerror(code));
}
