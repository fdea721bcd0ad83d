/* SPDX-License-Identifier: Apache-2.0 */
#include "compile.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "landlock.h"

enum { FOLDER = 2, HEADERS, WORK, PROGRAM, EXIT_NOT_CONFINED = 126, EXIT_NOT_THERE };

int sb_compile(char **words) {
  sb_sandbox_report report = {0};
  const sb_options options = {
      .permissions = SB_PERMIT_PROCESSES, /* compilers are several programs */
      .folder = words[FOLDER],
      .read = {words[HEADERS]},
      .read_count = 1,
      .write = {words[WORK]},
      .write_count = 1,
  };
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || sb_landlock_enter(&options, &report) != SB_OK) {
    fprintf(stderr, "the compiler cannot be confined: %s\n", report.problem);
    return EXIT_NOT_CONFINED;
  }
  execv(words[PROGRAM], words + PROGRAM);
  perror(words[PROGRAM]);
  return EXIT_NOT_THERE;
}
