/* SPDX-License-Identifier: Apache-2.0 */
#include "serve.h"

#include <string.h>

#include "descriptor.h"
#include "error.h"
#include "hosted_instance.h"

static sb_status tell_classes(sb_channel *channel, const sb_classes *classes, const sb_sandbox_report *report) {
  sb_pack message = {0};
  sb_pack_text(&message, report->in_force);
  sb_descriptor_pack(&message, classes);
  return sb_channel_send_pack(channel, SB_MESSAGE_CLASSES, &message);
}

int sb_serve_failure(sb_channel *channel, sb_status status) {
  sb_pack words = {0};
  sb_pack_u32(&words, (uint32_t)status);
  sb_pack_text(&words, sb_last_error());
  sb_channel_send_pack(channel, SB_MESSAGE_FAILED, &words);
  return 1;
}

static int serve_main(sb_channel *channel, const sb_registry *registry, const sb_host *host) {
  char *context = strndup((const char *)channel->bytes, channel->count);
  return context ? registry->main_loop(channel, context, host) : 1; /* it ends with its process */
}

int sb_serve(sb_channel *channel, const sb_registry *registry, const sb_options *options, sb_sandbox_report *report,
             const sb_host *host) {
  sb_status status = sb_sandbox_seal(options, report);
  if (status != SB_OK) return sb_serve_failure(channel, sb_error(status, "%s", report->problem));
  const sb_classes classes = {(const sb_stage_class **)registry->stages, (const sb_source_class **)registry->sources,
                              registry->stage_count, registry->source_count};
  status = tell_classes(channel, &classes, report);
  if (status != SB_OK || sb_channel_receive(channel) != SB_OK) return 0;
  if (channel->kind == SB_MESSAGE_MAIN && registry->main_loop) return serve_main(channel, registry, host);
  if (channel->kind != SB_MESSAGE_CREATE) return 0;
  status = sb_hosted_instance_serve(channel, &classes, host);
  return status == SB_OK ? 0 : sb_serve_failure(channel, status);
}
