/* SPDX-License-Identifier: Apache-2.0 */
#include "sealed_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u
#endif

static int create_memory(const char *path) {
  const char *slash = strrchr(path, '/');
  char name[64] = "";
  strncat(name, slash ? slash + 1 : path, sizeof name - 1);
  const int memory = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  /* Linux before 6.3 does not know MFD_EXEC, and needs none. */
  return memory < 0 && errno == EINVAL ? memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING) : memory;
}

/* Closes it and says why, unless it could be sealed. */
static int seal(int memory, const char *path, bool is_whole) {
  if (is_whole && fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0)
    return memory;
  sb_error(SB_IO, "%s: there is no room for a copy in memory: %s", path, strerror(errno));
  if (memory >= 0) close(memory);
  return -1;
}

int sb_sealed_file_create(const char *name, const uint8_t *bytes, size_t count) {
  const int memory = create_memory(name);
  ssize_t written = 1;
  for (size_t at = 0; memory >= 0 && at < count && written > 0; at += (size_t)written)
    written = write(memory, bytes + at, count - at);
  return seal(memory, name, memory >= 0 && written > 0);
}

static bool is_same_version(const struct stat *a, const struct stat *b) {
  return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
         a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
         a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool can_be_copied(int file, const char *path, struct stat *info) {
  if (file < 0 || fstat(file, info) != 0)
    return sb_error(SB_IO, "%s: cannot be opened: %s", path, strerror(errno)), false;
  if (S_ISDIR(info->st_mode)) return sb_error(SB_REFUSED, "%s: is a folder, not a library", path), false;
  if (!S_ISREG(info->st_mode)) return sb_error(SB_REFUSED, "%s: is no regular file", path), false;
  if (info->st_size > SB_SEALED_MAX_BYTES)
    return sb_error(SB_REFUSED, "%s: has %lld MB, and a library may have %d", path, (long long)info->st_size >> 20,
                    SB_SEALED_MAX_BYTES >> 20), false;
  return true;
}

int sb_sealed_file_copy(const char *path) {
  /* Not blocking, since opening a pipe would wait for its writer. */
  const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat before, after;
  if (!can_be_copied(file, path, &before)) {
    if (file >= 0) close(file);
    return -1;
  }
  const int memory = create_memory(path);
  size_t left = (size_t)before.st_size;
  ssize_t sent = 1;
  for (; memory >= 0 && left > 0 && sent > 0; left -= sent > 0 ? (size_t)sent : 0)
    sent = sendfile(memory, file, NULL, left);
  const bool has_changed = fstat(file, &after) != 0 || !is_same_version(&before, &after) || (left > 0 && sent == 0);
  const int error = errno;
  close(file);
  if (memory >= 0 && has_changed) {
    sb_error(SB_IO, "%s: changed while it was read; try again when it is written", path);
    close(memory);
    return -1;
  }
  errno = error;
  return seal(memory, path, memory >= 0 && left == 0);
}
