/* SPDX-License-Identifier: Apache-2.0
 *
 * What every function that can fail returns. Zero is success; a failure is negative, and the words
 * that explain it go through sb_host.fail, so that a person reads a sentence and code reads a number.
 */
#ifndef STAGEBOX_STATUS_H
#define STAGEBOX_STATUS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t sb_status;

enum { /* ffi */
  SB_OK = 0,
  SB_END = 1,           /* a source has no more data */
  SB_AGAIN = 2,         /* nothing yet: ask again later */
  SB_INVALID = -1,      /* an argument is out of its range, or arguments contradict each other */
  SB_UNSUPPORTED = -2,  /* a valid request that this stage or machine cannot serve */
  SB_NO_MEMORY = -3,
  SB_WRONG_STATE = -4,  /* called in a state that the function's tag forbids */
  SB_NOT_FOUND = -5,
  SB_IO = -6,
  SB_FULL = -7,
  SB_REFUSED = -8,      /* a library that must not be run here */
  SB_CRASHED = -9,      /* a plugin's instance fell over, and is not there until it is made anew */
  SB_LATE = -10,        /* an answer that was not there by its deadline */
};

#ifdef __cplusplus
}
#endif
#endif
