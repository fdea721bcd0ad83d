/* SPDX-License-Identifier: Apache-2.0
 *
 * What both worlds need behind their calls: memory for what the box writes, and what libc expects below it.
 */
#include "stagebox-world.h"

#include <stdlib.h>

#include "calls.h"

_Static_assert(sizeof(sb_text) == 8 && sizeof(sb_value) == 24 && sizeof(sb_setting) == 32 && sizeof(sb_band) == 24, "");

/* ---- what the box writes before a call, and all of which is let go after it ---- */

typedef struct chunk {
  struct chunk *before;
  size_t size, used;
  _Alignas(16) char bytes[];
} chunk;

enum { LEAST_CHUNK = 4096 };
static chunk *arena;

/* Traps, as the canonical ABI wants it, where there is no more memory. */
__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  (void)align; /* 8 at most */
  const size_t rounded = (size + 15) & ~(size_t)15;
  if (!arena || arena->size - arena->used < rounded) {
    const size_t room = rounded < LEAST_CHUNK ? LEAST_CHUNK : rounded;
    chunk *fresh = rounded < size ? NULL : malloc(sizeof(chunk) + room);
    if (!fresh) __builtin_trap();
    *fresh = (chunk){.before = arena, .size = room};
    arena = fresh;
  }
  char *bytes = arena->bytes + arena->used;
  arena->used += rounded;
  if (old) memcpy(bytes, old, old_size < size ? old_size : size);
  return bytes;
}

/* Keeps the largest chunk, so that blocks of the same length need no other. */
void sb_let_go(void) {
  chunk *kept = NULL, *before;
  for (chunk *it = arena; it; it = before) {
    before = it->before;
    chunk *lesser = kept && kept->size >= it->size ? it : kept;
    if (lesser != it) kept = it;
    free(lesser);
  }
  arena = kept;
  if (arena) arena->before = NULL, arena->used = 0;
}

/* ---- what comes back; read by the box before it calls again ---- */

sb_text sb_text_of(const char *words) { return (sb_text){words, (uint32_t)strlen(words)}; }

sb_outcome *sb_conclude(sb_failure failure) {
  static sb_outcome it;
  it = (sb_outcome){failure != NULL, failure ? sb_text_of(failure) : (sb_text){0}};
  sb_let_go();
  return &it;
}

/* ---- what the box lends ---- */

IMPORT("log", "write") void stagebox_log_write(uint32_t level, const char *message, uint32_t length);
void sb_log(sb_log_level level, const char *message) { stagebox_log_write(level, message, (uint32_t)strlen(message)); }

typedef struct found_value { /* option<value> */
  uint8_t is_there;
  sb_value value;
} found_value;

IMPORT("config", "get") void stagebox_config_get(const char *id, uint32_t length, found_value *found);
bool sb_config_get(const char *id, sb_value *value) {
  found_value found;
  stagebox_config_get(id, (uint32_t)strlen(id), &found);
  if (found.is_there) *value = found.value;
  return found.is_there;
}

/* ---- what libc expects below it, even for snprintf: a world without files ----
 * What is printed goes nowhere (sb_log is heard), and what ends a program ends the stage. */

#define NO_FILE 8 /* EBADF of WASI */

typedef struct piece {
  const void *bytes;
  size_t length;
} piece;

int32_t __imported_wasi_snapshot_preview1_fd_write(int32_t file, const piece *pieces, int32_t count, uint32_t *written) {
  (void)file;
  *written = 0;
  for (int32_t i = 0; i < count; i++) *written += pieces[i].length;
  return 0;
}

int32_t __imported_wasi_snapshot_preview1_fd_close(int32_t file) {
  (void)file;
  return NO_FILE;
}

int32_t __imported_wasi_snapshot_preview1_fd_seek(int32_t file, int64_t offset, int32_t whence, uint64_t *place) {
  (void)file, (void)offset, (void)whence, (void)place;
  return NO_FILE;
}

int32_t __imported_wasi_snapshot_preview1_fd_fdstat_get(int32_t file, void *status) {
  (void)file, (void)status;
  return NO_FILE;
}

_Noreturn void __imported_wasi_snapshot_preview1_proc_exit(int32_t code) {
  (void)code;
  __builtin_trap();
}
