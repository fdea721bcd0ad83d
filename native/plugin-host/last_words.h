/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that gets no more memory mostly dies of the pointer that it then does not have, by a signal that says
 * nothing of that; and nobody outside can tell: what the kernel counts for a process includes what its parent held when
 * it was started.
 */
#ifndef STAGEBOX_LAST_WORDS_H
#define STAGEBOX_LAST_WORDS_H

#include <stdint.h>

/* From now on a fatal signal that comes when the memory granted is used up ends this process with exit code
 * SB_EXIT_MEMORY (process.h); any other as before. */
void sb_last_words_prepare(uint32_t memory_mb);

/* The same for abort() alone, where a program has handlers of its own for the others. */
void sb_last_words_of_abort(uint32_t memory_mb);

#endif
