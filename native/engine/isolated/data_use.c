/* SPDX-License-Identifier: Apache-2.0 */
#include "data_use.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { MAX_DEPTH = 16 };
static const double MEGABYTE = 1 << 20;

typedef struct data_use {
  uint32_t files;
  double bytes;
} data_use;

/* Stops where it is too much already. The plugin may change it all meanwhile. */
static void count_in(int folder, unsigned depth, data_use *use) {
  DIR *list = folder < 0 ? NULL : fdopendir(folder);
  if (!list) {
    if (folder >= 0) close(folder);
    return;
  }
  if (depth == MAX_DEPTH) use->files = SB_DATA_MAX_FILES + 1;
  for (const struct dirent *entry; use->files <= SB_DATA_MAX_FILES && (entry = readdir(list));) {
    struct stat info;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (fstatat(folder, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    use->files++;
    use->bytes += 512.0 * (double)info.st_blocks;
    if (!S_ISDIR(info.st_mode)) continue;
    count_in(openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), depth + 1, use);
  }
  closedir(list);
}

bool sb_data_is_too_much(const char *folder, uint32_t file_mb, char *words, size_t room) {
  data_use use = {0};
  struct statvfs disk;
  count_in(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0, &use);
  if (use.files > SB_DATA_MAX_FILES) {
    snprintf(words, room, "has more than %d files in its data folder", SB_DATA_MAX_FILES);
    return true;
  }
  double most = SB_DATA_MAX_LONGEST * MEGABYTE * file_mb;
  if (statvfs(folder, &disk) == 0) {
    const double free_bytes = (double)disk.f_bavail * (double)disk.f_frsize;
    most = fmin(most, (use.bytes + free_bytes) / SB_DATA_DISK_SHARE);
  }
  if (use.bytes <= most) return false;
  snprintf(words, room, "has %.0f MB in its data folder, and may have %.0f", use.bytes / MEGABYTE, most / MEGABYTE);
  return true;
}
