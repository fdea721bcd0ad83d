/* SPDX-License-Identifier: Apache-2.0
 *
 * The main part of a library: what it offers as ext/draft/main.h, between the texts of engine/isolated/main_part.h.
 */
#ifndef STAGEBOX_OWN_MAIN_H
#define STAGEBOX_OWN_MAIN_H

#include <stagebox/ext/draft/main.h>

#include "registrar.h"

/* What the library is given; what it offers becomes the registry's main_loop. */
const sb_ext_main *sb_own_main(sb_registry *registry);

#endif
