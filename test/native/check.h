/* SPDX-License-Identifier: Apache-2.0
 *
 * The test runner of native/: a TEST registers itself, a CHECK that fails is reported with its place and the test
 * goes on. Run with part of a test's name to run only the tests that contain it.
 */
#ifndef STAGEBOX_CHECK_H
#define STAGEBOX_CHECK_H

#include <math.h>
#include <stdbool.h>

typedef void (*check_body)(void);

void check_register(const char *name, const char *file, check_body body);
bool check_that(bool holds, const char *file, int line, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Counts the running test as skipped, with the reason. */
void check_skip(const char *reason);

#define TEST(name)                                                                              \
  static void test_##name(void);                                                                \
  __attribute__((constructor)) static void register_##name(void) { check_register(#name, __FILE__, test_##name); } \
  static void test_##name(void)

#define CHECK(condition) check_that((condition), __FILE__, __LINE__, "%s", #condition)
#define CHECK_EQUAL(got, want)                                                                                          \
  __extension__({                                                                                                       \
    const long long got_ = (long long)(got), want_ = (long long)(want);                                                 \
    check_that(got_ == want_, __FILE__, __LINE__, "%s is %lld, not %lld", #got, got_, want_);                           \
  })
#define CHECK_NEAR(got, want, tolerance)                                                                                \
  __extension__({                                                                                                       \
    const double got_ = (double)(got), want_ = (double)(want);                                                          \
    check_that(fabs(got_ - want_) <= (double)(tolerance), __FILE__, __LINE__, "%s is %.9g, not %.9g +- %.2g", #got, got_, want_, (double)(tolerance)); \
  })

#endif
