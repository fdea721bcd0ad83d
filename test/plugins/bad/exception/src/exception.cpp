/* SPDX-License-Identifier: Apache-2.0 */
#include <stdexcept>

#include "../../bad.h"

static sb_status turn_bad(const sb_block *, sb_block *) { throw std::runtime_error("nobody catches this"); }

BAD_STAGE(exception, "Bad: Exception", "Throws a C++ exception that it does not catch.")
