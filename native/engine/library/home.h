/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a library is at home, by the options it was opened with.
 */
#ifndef STAGEBOX_HOME_H
#define STAGEBOX_HOME_H

#include <stagebox/ext/draft/home.h>

#include "options.h"

static inline sb_ext_home sb_home_of(const sb_options *options) {
  return (sb_ext_home){.size = sizeof(sb_ext_home), .folder = options->folder, .data = options->data, .config = options->config};
}

#endif
