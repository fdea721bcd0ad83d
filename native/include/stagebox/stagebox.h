/* SPDX-License-Identifier: Apache-2.0
 *
 * All of the public plugin ABI.
 */
#ifndef STAGEBOX_H
#define STAGEBOX_H

#include "block.h"
#include "event.h"
#include "ext/latency.h"
#include "ext/state.h"
#include "format.h"
#include "host.h"
#include "packet.h"
#include "param.h"
#include "plugin.h"
#include "source.h"
#include "stage.h"
#include "status.h"

#endif
