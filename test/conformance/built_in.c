/* SPDX-License-Identifier: Apache-2.0
 *
 * The built-in stages, and the source that needs no recording, as a plugin's library, so that the conformance suite can
 * be held against components that are known to be good.
 */
#include <stagebox/stagebox.h>

#define SB_STAGE(name) extern const sb_stage_class sb_stage_##name;
#include "stages/stages.def"
#undef SB_STAGE
extern const sb_source_class sb_source_synthetic;

SB_PLUGIN

sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  (void)host;
  sb_status status = SB_OK;
#define SB_STAGE(name) \
  if (status == SB_OK) status = registrar->add_stage(registrar, &sb_stage_##name);
#include "stages/stages.def"
#undef SB_STAGE
  return status == SB_OK ? registrar->add_source(registrar, &sb_source_synthetic) : status;
}
