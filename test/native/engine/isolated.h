/* SPDX-License-Identifier: Apache-2.0
 *
 * Libraries of test/plugins/libraries in processes of their own.
 */
#ifndef STAGEBOX_TEST_ISOLATED_H
#define STAGEBOX_TEST_ISOLATED_H

#include "library.h"

/* Compiled, opened and ready; NULL if there is no compiler here, or after a failed check. */
sb_library *isolated_open(const char *source, const char *options);

/* Until it is something else than SB_AGAIN, or that status, for some seconds. */
int32_t isolated_activate(sb_node *node, const sb_node *upstream, uint32_t max_frames);
int32_t isolated_watch_until(sb_node *node, int32_t status);

#endif
