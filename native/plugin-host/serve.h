/* SPDX-License-Identifier: Apache-2.0
 *
 * The second half of a plugin's process: once it is confined, and its classes are known.
 */
#ifndef STAGEBOX_SERVE_H
#define STAGEBOX_SERVE_H

#include "channel.h"
#include "registrar.h"
#include "sandbox.h"

enum { SB_HOST_SOCKET = 3, SB_HOST_LIBRARY = 4 }; /* as engine/isolated/process.c hands them over */

/* Seals the sandbox and tells the engine the classes; makes an instance if it wants one, and serves it until it has had
 * enough. Returns what the process is to exit with. */
int sb_serve(sb_channel *channel, const sb_registry *registry, const sb_options *options, sb_sandbox_report *report,
             const sb_host *host);

/* Tells the engine why there is nothing to serve: sb_last_error. Returns what the process is to exit with. */
int sb_serve_failure(sb_channel *channel, sb_status status);

#endif
