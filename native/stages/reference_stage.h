/* SPDX-License-Identifier: Apache-2.0
 *
 * What reference and common_average share: everything but their tables, which have one parameter, names of channels.
 */
#ifndef STAGEBOX_STAGES_REFERENCE_STAGE_H
#define STAGEBOX_STAGES_REFERENCE_STAGE_H

#include <stagebox/stagebox.h>
#include <stdbool.h>

/* Subtracts the mean of the named channels from all; or, of all `others`, from those. The words of a failure begin with
 * `param`. [control & !active] */
sb_status reference_stage_activate(void *self, const sb_host *host, const sb_format *in, const char *param, bool others);

/* Entries of sb_stage_class. */
sb_status reference_stage_create(const sb_host *host, const sb_value *values, void **self);
sb_status reference_stage_process(void *self, const sb_block *in, sb_block *out);
void reference_stage_deactivate(void *self);
void reference_stage_destroy(void *self);

/* All but type, name, description, params and activate. */
#define REFERENCE_STAGE_CLASS                                                                                            \
  .size = sizeof(sb_stage_class), .flags = SB_STAGE_IN_PLACE, .category = "spatial", .input = SB_PORT_SIGNAL,            \
  .output = SB_PORT_SIGNAL, .create = reference_stage_create, .process = reference_stage_process,                        \
  .deactivate = reference_stage_deactivate, .destroy = reference_stage_destroy

#endif
