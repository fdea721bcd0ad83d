/* SPDX-License-Identifier: Apache-2.0
 *
 * The one place that files are opened from. The filter sends all others to the handler of refusal.c, which opens the
 * file from here and, where Landlock or the file's mode refuse it, can tell which file it was. Who jumps here on its
 * own gains nothing: what may be opened is not decided here.
 */
#ifndef STAGEBOX_SANDBOX_GATE_H
#define STAGEBOX_SANDBOX_GATE_H

/* As openat, but returns -errno. [any] */
__attribute__((visibility("hidden"))) long sb_gate_open(int folder, const char *path, int flags, unsigned mode);

/* The instruction that follows on its system call, by which the filter knows it. */
extern const char sb_gate_passed[] __attribute__((visibility("hidden")));

#endif
