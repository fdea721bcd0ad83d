/* SPDX-License-Identifier: Apache-2.0
 *
 * Libraries in this process: what is refused before any of it runs, what is refused after, and what is left behind.
 */
#include "library.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "test_library.h"

static bool says(const char *words) {
  const bool found = strstr(sb_last_error(), words) != NULL;
  return check_that(found, __FILE__, __LINE__, "\"%s\", not \"%s\"", sb_last_error(), words);
}

TEST(library_registers_its_classes) {
  const char *path = test_library("subject.c", "");
  sb_library *library = path ? test_open(path) : NULL;
  if (!path) return;
  if (!CHECK(library != NULL)) return;
  CHECK(strstr(sb_library_catalog(library), "\"type\":\"subject\"") != NULL);
  CHECK(strcmp(sb_library_sandbox(library), "") == 0);
  CHECK(sb_node_create(library, "gain", 0) == NULL);
  sb_node *node = sb_node_create(library, "subject", 0);
  CHECK(node != NULL);
  sb_library_close(library); /* which waits for the node */
  sb_node_destroy(node);
}

TEST(library_options_are_checked) {
  const char *path = test_library("subject.c", "");
  if (!path) return;
  CHECK(!sb_library_open(path, "isolation=in-process\nlate=soon\n"));
  says("late");
  CHECK(!sb_library_open(path, "colour=blue\n"));
  says("colour");
}

/* Its constructor would leave a file; refused libraries leave none, and one that is accepted does. */
TEST(library_that_is_refused_does_not_run) {
  static const char *const flags[] = {"-DNO_NOTE", "-DNOTE_VERSION=0x20000", "-DNOTE_LAYOUT=1", "-DNO_REGISTER", "-DMISSING_SYMBOL"};
  const char *witness = test_path("witness");
  char with[512];
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
    snprintf(with, sizeof with, "%s -DWITNESS='\"%s\"'", flags[i], witness);
    const char *path = test_library("subject.c", with);
    if (!path) return;
    check_that(!test_opens(path), __FILE__, __LINE__, "%s was opened", flags[i]);
    check_that(access(witness, F_OK) != 0, __FILE__, __LINE__, "%s ran", flags[i]);
    unlink(witness);
  }
  says("cannot be loaded: undefined symbol: that_nobody_has");
  snprintf(with, sizeof with, "-DWITNESS='\"%s\"'", witness);
  const char *path = test_library("subject.c", with);
  sb_library_inspect(path);
  CHECK(access(witness, F_OK) != 0);
  CHECK(test_opens(path));
  CHECK(access(witness, F_OK) == 0);
}

TEST(library_that_lies_is_refused_with_its_own_words) {
  static const struct {
    const char *flags, *words;
  } libraries[] = {
      {"-DNOTE_VERSION=0x10000 -DSAYS_VERSION=0x20000", ": says ABI 2.0.0 when asked, and 1.0.0 in its note"},
      {"-DNOTHING", ": it registers nothing: call add_stage or add_source in stagebox_register"},
      {"'-DIN_REGISTER=return host->fail(host, SB_UNSUPPORTED, \"no board is connected\")'", ": stagebox_register says -2: no board is connected"},
      {"'-DIN_REGISTER=registrar->add_stage(registrar, NULL)'", ": a stage class is NULL"},
      {"'-DIN_REGISTER=registrar->add_stage(registrar, &subject_class)'", ": stage \"subject\" is registered twice"},
  };
  for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
    const char *path = test_library("subject.c", libraries[i].flags);
    if (!path) return;
    CHECK(!test_opens(path));
    says(libraries[i].words);
  }
}

TEST(library_file_that_is_none_is_refused) {
  const char *folder = test_path("folder.so"), *pipe = test_path("pipe.so"), *big = test_path("big.so"), *text = test_path("text.so");
  mkdir(folder, 0700), mkfifo(pipe, 0600);
  test_write(big, "", 0), test_write(text, "#!/bin/sh\nrm -rf /\n", 19);
  CHECK(truncate(big, 100 << 20) == 0);
  const struct {
    const char *path, *words;
  } files[] = {
      {folder, ": is a folder, not a library"},
      {pipe, ": is no regular file"},
      {big, ": has 100 MB, and a library may have 64"},
      {text, "text.so: is no ELF library: it begins with \"#!/b...\""},
      {"/nowhere/libgain.so", "/nowhere/libgain.so: cannot be opened: No such file or directory"},
  };
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    CHECK(!sb_library_inspect(files[i].path));
    says(files[i].words);
    CHECK(!sb_library_open(files[i].path, ""));
    says(files[i].words);
  }
}

/* What was looked at is what is opened, whatever lies at the path by now. */
TEST(library_of_bytes_needs_no_file) {
  const char *path = test_library("subject.c", "");
  if (!path) return;
  size_t count = 0;
  uint8_t *bytes = test_read(path, &count);
  sb_library *library = sb_library_open_bytes("/nowhere/libsubject.so", bytes, (double)count, "isolation=in-process\n");
  CHECK(library != NULL);
  sb_library_close(library);
  CHECK(!sb_library_open_bytes("/nowhere/libsubject.so", bytes, 100, ""));
  says("/nowhere/libsubject.so: ");
  CHECK(!sb_library_open_bytes("/nowhere/libsubject.so", bytes, 0, ""));
  says("/nowhere/libsubject.so: 0 bytes are no library");
  free(bytes);
}

static int open_files(void) {
  int count = 0;
  DIR *folder = opendir("/proc/self/fd");
  while (folder && readdir(folder)) count++;
  if (folder) closedir(folder);
  return count;
}

static long resident_pages(void) {
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file && fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
  if (file) fclose(file);
  return pages;
}

TEST(library_opened_a_thousand_times_leaves_nothing_behind) {
  const char *path = test_library("subject.c", "");
  if (!path) return;
  sb_set_plugin_host(""); /* here alone: it is faster */
  for (int i = 0; i < 100; i++) CHECK(test_opens(path));
  const int files = open_files();
  const long pages = resident_pages();
  for (int i = 0; i < 1000; i++) CHECK(test_opens(path));
  CHECK_EQUAL(open_files(), files);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  if (!getenv("STAGEBOX_EMULATOR")) CHECK(resident_pages() < pages + 256); /* 1 MB; an emulator keeps what it translated */
#endif
  (void)pages;
}

static double number_added(sb_library *library) {
  float data[8] = {0}, result[8] = {0};
  const sb_stage_class *stage = sb_library_stage(library, "subject");
  const sb_block in = {.size = sizeof in, .frames = 1, .channels = 8, .values = 1, .stride = 8, .data = data};
  sb_block out = in;
  out.data = result;
  stage->process(NULL, &in, &out);
  return result[0];
}

/* The same path, with another build in it each time: what was checked is what runs, and several run side by side. */
TEST(library_runs_what_was_read_whatever_becomes_of_the_file) {
  const char *one = test_library("subject.c", "-DVERSION=1"), *two = test_library("subject.c", "-DVERSION=2"), *path = test_path("swapped.so");
  if (!one || !two) return;
  size_t counts[2];
  uint8_t *bytes[2] = {test_read(one, &counts[0]), test_read(two, &counts[1])};
  test_write(path, bytes[0], counts[0]);
  sb_library *first = test_open(path);
  test_write(path, bytes[1], counts[1]); /* over it, in the same file */
  sb_library *second = test_open(path);
  memset(bytes[0], 0, counts[0]);
  test_write(path, bytes[0], counts[0]);
  if (CHECK(first && second)) {
    CHECK_EQUAL(number_added(first), 1);
    CHECK_EQUAL(number_added(second), 2);
  }
  sb_library_close(first), sb_library_close(second);
  CHECK(!test_opens(path));
  free(bytes[0]), free(bytes[1]);
}

/* A child, because what falls over while it is loaded takes the loader's lock with it. */
static void in_a_child(const char *flags, const char *words) {
  const char *path = test_library("subject.c", flags);
  if (!path) return;
  sb_set_plugin_host("");
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) _exit(!test_opens(path) && strstr(sb_last_error(), words) ? 0 : (fprintf(stderr, "%s\n", sb_last_error()), 1));
  int status = -1;
  waitpid(child, &status, 0);
  check_that(WIFEXITED(status) && WEXITSTATUS(status) == 0, __FILE__, __LINE__, "%s: status %x", flags, status);
}

TEST(library_that_falls_over_as_it_is_loaded_is_refused) {
  in_a_child("'-DIN_CONSTRUCTOR=*(volatile int *)0x10 = 1'", ": SIGSEGV at address 0x10 in a constructor");
  in_a_child("'-DIN_CONSTRUCTOR=abort()'", ": SIGABRT (abort, or a C++ exception that nobody caught) in a constructor");
  in_a_child("'-DIN_REGISTER=__builtin_trap()'", " in stagebox_register");
  in_a_child("'-DIN_REGISTER=for (;;) sleep(1)'", ": did not return, and was ended in stagebox_register");
}

/* With a process to try it in, nothing of it is left here: others can be opened. */
TEST(library_that_falls_over_in_its_trial_is_not_loaded) {
  const char *sound = test_library("subject.c", ""), *path = test_library("subject.c", "'-DIN_CONSTRUCTOR=*(volatile int *)0x10 = 1'");
  if (!path) return;
  sb_set_plugin_host(SB_PLUGIN_HOST);
  for (int i = 0; i < 3; i++) {
    CHECK(!test_opens(path));
    says(": it fell over while it registered: ");
    CHECK(test_opens(sound));
  }
  path = test_library("subject.c", "'-DIN_REGISTER=return host->fail(host, SB_UNSUPPORTED, \"no board is connected\")'");
  CHECK(!test_opens(path));
  says(": stagebox_register says -2: no board is connected");
}

TEST(library_that_falls_over_as_it_is_unloaded_stays) {
  const char *path = test_library("subject.c", "'-DIN_DESTRUCTOR=*(volatile int *)0x10 = 1'");
  if (!path) return;
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    CHECK(test_opens(path));
    _exit(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK_EQUAL(status, 0);
}
