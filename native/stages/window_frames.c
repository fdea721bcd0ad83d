/* SPDX-License-Identifier: Apache-2.0 */
#include "window_frames.h"

#include <math.h>

#include "edge_check.h"

enum { MAX_FLOATS = 1 << 24 };

sb_status sb_window_frames(const sb_host *host, const char *param, double seconds, const sb_format *in, uint32_t *frames) {
  const sb_status status = rate_check(host, in);
  if (status != SB_OK) return status;
  const double count = fmax(1, round(seconds * in->rate_hz));
  const double most = (double)MAX_FLOATS / sb_stride(in->channels, in->values);
  if (!(count <= most))
    return host->fail(host, SB_INVALID, "%s: %g s of %u channels at %g Hz is too long to keep; choose at most %g s", param,
                      seconds, in->channels, in->rate_hz, floor(most) / in->rate_hz);
  *frames = (uint32_t)count;
  return SB_OK;
}
