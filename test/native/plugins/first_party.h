/* SPDX-License-Identifier: Apache-2.0
 *
 * The classes of the first-party plugins (plugins/), which are linked into the tests and register as they would with a
 * host. Through the loader they are run by test/plugins.
 */
#ifndef STAGEBOX_TEST_FIRST_PARTY_H
#define STAGEBOX_TEST_FIRST_PARTY_H

#include <stagebox/stagebox.h>

enum { FIRST_PARTY_MAX = 32 };

/* NULL behind the last. */
const sb_stage_class *const *first_party_stages(void);
const sb_source_class *const *first_party_sources(void);

/* NULL, and the running test has failed, if there is none. */
const sb_stage_class *first_party_stage(const char *type);
const sb_source_class *first_party_source(const char *type);

#endif
