/* SPDX-License-Identifier: Apache-2.0
 *
 * A source that has nothing: a board whose cable is not plugged in.
 */
#include <stagebox/stagebox.h>
#include <stdlib.h>

SB_PLUGIN

static sb_status create(const sb_host *host, const sb_value *values, void **self) {
  (void)values;
  *self = malloc(1);
  return *self ? SB_OK : host->fail(host, SB_NO_MEMORY, "out of memory");
}

static sb_status activate(void *self, const sb_host *host, sb_format *out) {
  static const char *const names[] = {"left", "right"};
  (void)self, (void)host;
  out->rate_hz = 250;
  out->channels = 2;
  out->channel_names = names;
  out->unit = "uV";
  return SB_OK;
}

static sb_status read_block(void *self, sb_block *out) {
  (void)self, (void)out;
  return SB_AGAIN;
}

static void deactivate(void *self) { (void)self; }

static const sb_source_class mute = {
    .size = sizeof(sb_source_class),
    .type = "mute",
    .name = "Mute",
    .description = "Has nothing.",
    .create = create,
    .activate = activate,
    .read = read_block,
    .deactivate = deactivate,
    .destroy = free,
};

sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  (void)host;
  return registrar->add_source(registrar, &mute);
}
