/* SPDX-License-Identifier: Apache-2.0
 *
 * Plugin libraries for tests, compiled when they are needed, in a folder that goes with the test run.
 */
#ifndef STAGEBOX_TEST_LIBRARY_H
#define STAGEBOX_TEST_LIBRARY_H

#include <stagebox_engine.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A path in the folder, valid for the test run. */
const char *test_path(const char *name);

/* Compiles test/plugins/libraries/SOURCE with more flags; the library's path, NULL (and the test is skipped) if there is
 * no compiler. The same source and flags are compiled once. */
const char *test_library(const char *source, const char *flags);

/* A file's bytes, to be freed; and the other way round. */
uint8_t *test_read(const char *path, size_t *count);
void test_write(const char *path, const void *bytes, size_t count);

/* Opens it in this process and waits until it is ready, or says why not (sb_last_error). */
sb_library *test_open(const char *path);
bool test_opens(const char *path);

#endif
