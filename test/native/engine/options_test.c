/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <stdio.h>
#include <string.h>

#include "check.h"

static char words[1024];

static sb_status parse(const char *text, sb_options *out) { return sb_options_parse(text, out, words, sizeof words); }

TEST(options_have_safe_defaults) {
  sb_options options;
  CHECK_EQUAL(parse(NULL, &options), SB_OK);
  CHECK_EQUAL(options.is_in_process, 0);
  CHECK_EQUAL(options.late, 0);
  CHECK_EQUAL(options.memory_mb, 64);
  CHECK_EQUAL(options.cpu_percent, 100);
  CHECK_EQUAL(options.file_mb, 0);
  CHECK_EQUAL(options.processes, 0);
  CHECK_EQUAL(options.open_files, 64);
  CHECK_EQUAL(options.permissions, 0);
  CHECK_EQUAL(options.read_count + options.write_count, 0);
  CHECK(!options.folder && !options.data && !options.config);
  sb_options_clear(&options);
}

TEST(options_are_read) {
  sb_options options;
  CHECK_EQUAL(parse("isolation=in-process\nlate=hold\nmemory_mb=128\ncpu_percent=50\nfile_mb=7\nprocesses=3\nopen_files=9\n"
                    "permission=network\npermission=processes\nread=/a\nread=/b c=d\nwrite=/e\nfolder=/f\ndata=/g\n"
                    "config={\"a\": \"b=c\"}\n", &options), SB_OK);
  CHECK_EQUAL(options.is_in_process, 1);
  CHECK_EQUAL(options.late, 1);
  CHECK_EQUAL(options.memory_mb, 128);
  CHECK_EQUAL(options.cpu_percent, 50);
  CHECK_EQUAL(options.file_mb, 7);
  CHECK_EQUAL(options.processes, 3);
  CHECK_EQUAL(options.open_files, 9);
  CHECK_EQUAL(options.permissions, SB_PERMIT_NETWORK | SB_PERMIT_PROCESSES);
  CHECK_EQUAL(options.read_count, 2);
  CHECK(strcmp(options.read[1], "/b c=d") == 0);
  CHECK_EQUAL(options.write_count, 1);
  CHECK(strcmp(options.write[0], "/e") == 0);
  CHECK(strcmp(options.folder, "/f") == 0);
  CHECK(strcmp(options.data, "/g") == 0);
  CHECK(strcmp(options.config, "{\"a\": \"b=c\"}") == 0);
  sb_options_clear(&options);
}

TEST(a_server_has_a_port_or_a_socket) {
  static const struct {
    const char *text;
    uint32_t port;
  } cases[] = {{"service=http://127.0.0.1:50051", 50051},
               {"service=https://[::1]:65535", 65535},
               {"service=unix:/run/filter/stage.sock", 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    sb_options options;
    CHECK_EQUAL(parse(cases[i].text, &options), SB_OK);
    CHECK_EQUAL(options.service_port, cases[i].port);
    CHECK(strcmp(options.service, strchr(cases[i].text, '=') + 1) == 0);
    sb_options_clear(&options);
  }
}

TEST(options_say_all_that_is_wrong_with_them) {
  static const struct {
    const char *text, *words;
  } cases[] = {
      {"colour=red", "colour: there is no such option"},
      {"memory_mb", "memory_mb: must be key=value"},
      {"memory_mb=", "memory_mb=: must be a whole number from 1 to 1048576"},
      {"memory_mb=-1", "memory_mb=-1: must be a whole number from 1 to 1048576"},
      {"memory_mb=64k", "memory_mb=64k: must be a whole number from 1 to 1048576"},
      {"memory_mb=99999999999999999999", "memory_mb=99999999999999999999: must be a whole number from 1 to 1048576"},
      {"open_files=1", "open_files=1: must be a whole number from 4 to 65536"},
      {"late=never", "late=never: must be one of dry, hold, silence"},
      {"isolation=", "isolation=: must be one of process, in-process"},
      {"permission=everything", "permission=everything: must be one of network, processes, threads"},
      {"read=etc", "read=etc: must be an absolute path without \"..\""},
      {"write=/tmp/../etc", "write=/tmp/../etc: must be an absolute path without \"..\""},
      {"folder=/tmp/..", "folder=/tmp/..: must be an absolute path without \"..\""},
      {"folder=/a\nfolder=/b", "folder=/b: stands there twice"},
      {"permission=processes", "permission=processes: needs processes=1 or more"},
      {"service=http://here", "service=http://here: must be http://HOST:PORT, https://HOST:PORT or unix:/PATH"},
      {"service=ftp://here:1", "service=ftp://here:1: must be http://HOST:PORT, https://HOST:PORT or unix:/PATH"},
      {"service=here", "service=here: must be http://HOST:PORT, https://HOST:PORT or unix:/PATH"},
      {"service=https://here:65536", "service=https://here:65536: must be http://HOST:PORT, https://HOST:PORT or unix:/PATH"},
      {"service=https://here:0", "service=https://here:0: must be http://HOST:PORT, https://HOST:PORT or unix:/PATH"},
      {"service=unix:there", "service=unix:there: must be http://HOST:PORT, https://HOST:PORT or unix:/PATH"},
      {"late=x\nnonsense", "late=x: must be one of dry, hold, silence; nonsense: must be key=value"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    sb_options options;
    CHECK_EQUAL(parse(cases[i].text, &options), SB_INVALID);
    check_that(strcmp(words, cases[i].words) == 0, __FILE__, __LINE__, "%s: %s", cases[i].text, words);
  }
}

TEST(options_take_no_more_paths_than_they_can_hold) {
  char text[4096] = "";
  sb_options options;
  for (int i = 0; i < SB_MAX_PATHS; i++) strcat(text, "read=/a\n");
  CHECK_EQUAL(parse(text, &options), SB_OK);
  sb_options_clear(&options);
  CHECK_EQUAL(parse(strcat(text, "read=/z"), &options), SB_INVALID);
  CHECK(strstr(words, "read=/z: one path too many"));
}

TEST(options_cut_their_complaints_to_the_room_there_is) {
  sb_options options;
  char little[8] = "xxxxxxx";
  CHECK_EQUAL(sb_options_parse("nonsense\nnonsense\nnonsense", &options, little, sizeof little), SB_INVALID);
  CHECK(strcmp(little, "nonsens") == 0);
  CHECK_EQUAL(sb_options_parse("nonsense", &options, NULL, 0), SB_INVALID);
}
