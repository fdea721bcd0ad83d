/* SPDX-License-Identifier: Apache-2.0
 *
 * What a process holds: memory, open files, threads.
 */
#ifndef STAGEBOX_CENSUS_H
#define STAGEBOX_CENSUS_H

#include "memory.h"

typedef struct census {
  memory_balance memory;
  long files, threads;
} census;

/* Before the sandbox, which opens no folder. */
void census_prepare(void);
census census_take(void);

#endif
