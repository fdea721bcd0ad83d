/* SPDX-License-Identifier: Apache-2.0
 *
 * The one instance of this process: made as the engine says, then fed through the rings until the engine has had
 * enough.
 */
#ifndef STAGEBOX_HOSTED_INSTANCE_H
#define STAGEBOX_HOSTED_INSTANCE_H

#include "channel.h"
#include "library.h"

/* Answers the CREATE that was received, then serves until the engine asks it to end. SB_OK: it did; otherwise the words
 * of the failure are in sb_last_error. */
sb_status sb_hosted_instance_serve(sb_channel *channel, const sb_classes *classes, const sb_host *host);

#endif
