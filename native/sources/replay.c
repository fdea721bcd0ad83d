/* SPDX-License-Identifier: Apache-2.0
 *
 * Plays a recording as if it were acquired now. The control plane opens and decodes the file (src/formats) ahead of
 * time and feeds it in (engine/feed.h); this source hands it to the real-time side.
 */
#include <stagebox/stagebox.h>
#include <stdlib.h>

#include "../engine/feed.h"
#include "replay.h"

enum { REPLAY_FILE, REPLAY_SPEED, REPLAY_LOOP, REPLAY_CHANNELS, REPLAY_RATE_HZ };

static const sb_param params[] = {
    [REPLAY_FILE] = {.id = "file", .kind = SB_PARAM_TEXT, .flags = SB_PARAM_REQUIRED, .description = "The recording: EDF(+), BDF(+), WFDB (.hea), WAV, CSV or OpenBCI text; a relative path counts from the pipeline's file or the data folder."},
    [REPLAY_SPEED] = {.id = "speed", .kind = SB_PARAM_NUMBER, .minimum = 0, .maximum = 1000, .fallback = "1", .description = "Times the recorded speed; 0 is as fast as it goes."},
    [REPLAY_LOOP] = {.id = "loop", .kind = SB_PARAM_BOOLEAN, .fallback = "false", .description = "Begins again at the end."},
    [REPLAY_CHANNELS] = {.id = "channels", .kind = SB_PARAM_NAMES, .fallback = "[]", .description = "Only these channels, in this order; none: all of the main rate."},
    [REPLAY_RATE_HZ] = {.id = "rate_hz", .kind = SB_PARAM_NUMBER, .unit = "Hz", .minimum = 0, .maximum = 1e6, .fallback = "0", .description = "Sampling rate of a file that does not say it; 0: as the file says."},
};

typedef struct replay {
  sb_feed *feed;
} replay;

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  (void)values;
  *self = calloc(1, sizeof(replay));
  return *self ? SB_OK : host->fail(host, SB_NO_MEMORY, "out of memory");
}

sb_feed **sb_replay_feed(void *self) { return &((replay *)self)->feed; }

static sb_status activate(void *self, const sb_host *host, sb_format *out) {
  const sb_feed *feed = ((replay *)self)->feed;
  if (!feed) return host->fail(host, SB_WRONG_STATE, "a replay needs its recording opened first");
  out->rate_hz = feed->rate_hz;
  out->channels = feed->channels;
  out->channel_names = feed->names;
  out->unit = feed->unit;
  return SB_OK;
}

static sb_status read_block(void *self, sb_block *out) { return sb_feed_read(((replay *)self)->feed, out); }

static void deactivate(void *self) { (void)self; }

static void destroy(void *self) {
  sb_feed_destroy(((replay *)self)->feed);
  free(self);
}

const sb_source_class sb_source_replay = {
    .size = sizeof(sb_source_class),
    .type = "replay",
    .name = "Replay",
    .description = "Plays a recording as if it were acquired now; its annotations become events.",
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .create = create,
    .activate = activate,
    .read = read_block,
    .deactivate = deactivate,
    .destroy = destroy,
};
