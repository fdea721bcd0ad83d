/* SPDX-License-Identifier: Apache-2.0 */
#include "edge_check.h"

sb_status rate_check(const sb_host *host, const sb_format *in) {
  if (in->rate_hz > 0) return SB_OK;
  return host->fail(host, SB_INVALID, "input: its rate is irregular, and this stage needs a constant one; put it before the stage "
                                      "that makes it so");
}

sb_status edge_check(const sb_host *host, const sb_format *in, const char *id, double hz) {
  const sb_status status = rate_check(host, in);
  if (status != SB_OK) return status;
  const double half_hz = in->rate_hz / 2;
  if (!(hz > 0)) return host->fail(host, SB_INVALID, "%s: %g Hz is not above 0; choose more than 0", id, hz);
  if (!(hz < half_hz))
    return host->fail(host, SB_INVALID, "%s: %g Hz is not below half the rate (%g Hz); choose less than %g", id, hz, half_hz,
                      half_hz);
  return SB_OK;
}

sb_status band_check(const sb_host *host, const sb_format *in, double low_hz, double high_hz) {
  sb_status status = edge_check(host, in, "low_hz", low_hz);
  if (status == SB_OK) status = edge_check(host, in, "high_hz", high_hz);
  if (status == SB_OK && !(low_hz < high_hz))
    return host->fail(host, SB_INVALID, "low_hz: %g Hz is not below high_hz (%g Hz); choose a lower low_hz or a higher high_hz",
                      low_hz, high_hz);
  return status;
}
