/* SPDX-License-Identifier: Apache-2.0 */
#include <stagebox/ext/draft/home.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "first_party.h"
#include "stage_rig.h"

enum { FRAMES = 1000, CHANNELS = 2 };

static char data[64], path[96];
static sb_ext_home home = {.size = sizeof home, .data = data};

static const void *at_home(const char *id) { return strcmp(id, SB_EXT_HOME) == 0 ? &home : NULL; }

/* In a fresh folder, if there is none yet. */
static rig *open_log(const char *name) {
  if (!*data) {
    strcpy(data, "/tmp/level-log-XXXXXX");
    CHECK(mkdtemp(data) != NULL);
  }
  snprintf(path, sizeof path, "%s/levels.csv", data);
  rig_extension = at_home;
  return rig_open(first_party_stage("level_log"), rig_signal(100, CHANNELS),
                  (rig_set[]){{"file", .rows = 1, .texts = (const char *const[]){name}}, {0}});
}

static void close_log(rig *r) {
  rig_close(r);
  unlink(path), rmdir(data);
  data[0] = 0;
  rig_extension = NULL;
}

/* The file, whole. */
static const char *written(void) {
  static char text[4096];
  FILE *file = fopen(path, "r");
  text[file ? fread(text, 1, sizeof text - 1, file) : 0] = 0;
  if (file) fclose(file);
  return text;
}

static const float *signal_of_two_levels(void) {
  static float x[FRAMES * CHANNELS];
  for (int i = 0; i < FRAMES; i++) x[2 * i] = i % 2 ? 3 : -3, x[2 * i + 1] = i < 500 ? 1 : 4;
  return x;
}

TEST(level_log_writes_a_line_a_second) {
  rig *r = open_log("levels.csv");
  rig_run(r, signal_of_two_levels(), 650, 32);
  CHECK(strcmp(written(), "time_s,\"ch1\",\"ch2\"\n0.990,3,1\n1.990,3,1\n2.990,3,1\n3.990,3,1\n4.990,3,1\n5.990,3,4\n") == 0);
  close_log(r);
}

TEST(level_log_goes_on_at_the_end_of_its_file) {
  rig *r = open_log("levels.csv");
  rig_run(r, signal_of_two_levels(), 100, 32);
  rig_again(r);
  rig_run(r, signal_of_two_levels(), 100, 100);
  CHECK(strcmp(written(), "time_s,\"ch1\",\"ch2\"\n0.990,3,1\n0.990,3,1\n") == 0);
  close_log(r);
}

TEST(level_log_writes_to_its_own_folder_only) {
  static const char *const bad[] = {"", "../levels.csv", "/etc/levels.csv", ".", "..", ".hidden", "a/b"};
  rig *r = open_log("levels.csv");
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    CHECK(open_log(bad[i]) == NULL);
    CHECK(strstr(rig_error(), "is no name of a file in this plugin's folder") != NULL);
  }
  unlink(path);
  CHECK(symlink("/tmp/elsewhere.csv", path) == 0);
  CHECK(open_log("levels.csv") == NULL);
  CHECK(strncmp(rig_error(), "file: ", 6) == 0 && access("/tmp/elsewhere.csv", F_OK) != 0);
  home.data = NULL;
  CHECK(open_log("levels.csv") == NULL);
  CHECK(strstr(rig_error(), "was given no folder to write to") != NULL);
  home.data = data;
  close_log(r);
}
