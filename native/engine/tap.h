/* SPDX-License-Identifier: Apache-2.0
 *
 * A tap: a ring at the edge of the data plane, out of which the control plane reads.
 */
#ifndef STAGEBOX_TAP_H
#define STAGEBOX_TAP_H

#include <stagebox_engine.h>

#include "outlet.h"

struct sb_tap {
  sb_ring *ring;
  sb_outlet outlet;
};

#endif
