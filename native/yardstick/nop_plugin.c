/* SPDX-License-Identifier: Apache-2.0
 *
 * The stage nop as a plugin: what `stagebox bench plugins` calls in three ways, so that only the way differs.
 */
#include "../stages/nop.c"

SB_PLUGIN

sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {
  (void)host;
  return registrar->add_stage(registrar, &sb_stage_nop);
}
