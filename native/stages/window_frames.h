/* SPDX-License-Identifier: Apache-2.0
 *
 * From seconds to frames: what stages with a window parameter share.
 */
#ifndef STAGEBOX_STAGES_WINDOW_FRAMES_H
#define STAGEBOX_STAGES_WINDOW_FRAMES_H

#include <stagebox/stagebox.h>

/* How many frames of `in` the time `seconds` takes, at least 1; or SB_INVALID and words where the rate is
 * irregular, or a window of so many frames would take more than 64 MiB. [control] */
sb_status sb_window_frames(const sb_host *host, const char *param, double seconds, const sb_format *in, uint32_t *frames);

#endif
