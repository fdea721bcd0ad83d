/* SPDX-License-Identifier: Apache-2.0
 *
 * stagebox-plugin-host compile FOLDER HEADERS WORK PROGRAM ...: a compiler on sources that a stranger wrote. What it is told
 * to include goes into a library which that stranger's code can read, so it may read those folders, write the last of them,
 * and see nothing else but what Debian brings.
 */
#ifndef STAGEBOX_COMPILE_H
#define STAGEBOX_COMPILE_H

enum { SB_COMPILE_WORDS = 6 }; /* of the command line, at least */

/* Becomes the compiler; returns what the process is to exit with where it cannot. */
int sb_compile(char **words);

#endif
