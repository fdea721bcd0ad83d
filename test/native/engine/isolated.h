/* SPDX-License-Identifier: Apache-2.0
 *
 * Libraries of test/plugins, compiled when they are first asked for, and opened in processes of their own.
 */
#ifndef STAGEBOX_TEST_ISOLATED_H
#define STAGEBOX_TEST_ISOLATED_H

#include "library.h"

/* The path of the compiled library of `source`, a path in test/plugins; NULL if there is no compiler here. */
const char *isolated_compile(const char *source);

/* Opened and ready; a failed check and NULL if it is not. */
sb_library *isolated_open(const char *source, const char *options);
void isolated_close(sb_library *library);

/* Until it is something else than SB_AGAIN, for some seconds. */
int32_t isolated_activate(sb_node *node, const sb_node *upstream, uint32_t max_frames);
int32_t isolated_watch_until(sb_node *node, int32_t status);

#endif
