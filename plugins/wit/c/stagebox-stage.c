/* SPDX-License-Identifier: Apache-2.0
 *
 * The calls between a box and the table of stagebox-stage.h, in the canonical ABI of the component model
 * (github.com/WebAssembly/component-model, CanonicalABI.md): records lie in memory as C lays them, arguments come one by
 * one, and results that are more than a number are pointed to.
 */
#include "stagebox-stage.h"

#include <stdlib.h>

#define EXPORT(name) __attribute__((export_name("stagebox:plugin/processor@0.1.0#" name)))
#define IMPORT(interface, name) \
  __attribute__((import_module("stagebox:plugin/" interface "@0.1.0"), import_name(name)))

_Static_assert(sizeof(sb_text) == 8 && sizeof(sb_value) == 24 && sizeof(sb_setting) == 32 && sizeof(sb_band) == 24, "");
_Static_assert(sizeof(sb_format) == 64 && offsetof(sb_format, channels) == 16 && offsetof(sb_format, unit) == 48, "");

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
static void let_go(void) {
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

static sb_text text_of(const char *words) { return (sb_text){words, (uint32_t)strlen(words)}; }

typedef struct outcome { /* result<_, string> */
  uint8_t has_failed;
  sb_text words;
} outcome;

static outcome *conclude(sb_failure failure) {
  static outcome it;
  it = (outcome){failure != NULL, failure ? text_of(failure) : (sb_text){0}};
  let_go();
  return &it;
}

/* ---- the world's functions ---- */

static float *output;
static uint32_t width, max_frames;

typedef struct init_result { /* result<format, string> */
  uint8_t has_failed;
  union {
    sb_format format;
    sb_text words;
  };
} init_result;

/* The format that goes back may point into the one that came, which is let go only after the box has read it. */
EXPORT("init")
init_result *stagebox_init(const char *type, uint32_t type_length, const sb_setting *params, uint32_t count,
                           uint32_t port, double rate_hz, const sb_text *channels, uint32_t channel_count,
                           const sb_text *values, uint32_t value_count, uint32_t bins, double bin_hz, const char *unit,
                           uint32_t unit_length, uint32_t most) {
  static init_result result;
  const sb_format in = {.port = (uint8_t)port,
                        .rate_hz = rate_hz,
                        .channels = {channels, channel_count},
                        .values = {values, value_count},
                        .bins = bins,
                        .bin_hz = bin_hz,
                        .unit = {unit, unit_length},
                        .max_frames = most};
  sb_format out = in;
  sb_failure failure = stagebox_stage.init((sb_text){type, type_length}, params, count, &in, &out);
  if (!failure) {
    width = sb_format_width(&out);
    max_frames = out.max_frames;
    size_t bytes = 0;
    const bool is_too_much = __builtin_mul_overflow((size_t)width * sizeof(float), (size_t)max_frames, &bytes);
    free(output);
    output = is_too_much ? NULL : aligned_alloc(16, (bytes + 15) & ~(size_t)15);
    if (!output) failure = "there is not enough memory for a block of the output; raise memory_mb under [limits]";
  }
  result = (init_result){.has_failed = failure != NULL};
  if (failure) result.words = text_of(failure);
  else result.format = out;
  return &result;
}

__attribute__((export_name("cabi_post_stagebox:plugin/processor@0.1.0#init"))) void stagebox_init_done(init_result *result) {
  (void)result;
  let_go();
}

typedef struct process_result { /* result<list<f32>, string> */
  uint8_t has_failed;
  union {
    struct {
      const float *samples;
      uint32_t count;
    };
    sb_text words;
  };
} process_result;

EXPORT("process")
process_result *stagebox_process(const float *samples, uint32_t count, uint64_t sequence, uint64_t first_frame,
                                 int64_t time_ns, uint32_t frames, uint32_t lost_before, uint32_t flags) {
  static process_result result;
  (void)count;
  const sb_block in = {samples, frames, lost_before, flags, sequence, first_frame, time_ns};
  sb_failure failure = stagebox_stage.process(&in, output, &frames);
  if (!failure && frames > max_frames) failure = "process made more frames than max_frames; its memory may be spoilt";
  result = (process_result){.has_failed = failure != NULL};
  if (failure) {
    result.words = text_of(failure);
  } else {
    result.samples = output;
    result.count = frames * width;
  }
  let_go();
  return &result;
}

/* `first` holds the value's first word: a number's bits, or a pointer. */
EXPORT("set-parameter")
outcome *stagebox_set_parameter(const char *id, uint32_t id_length, uint32_t kind, uint64_t first, uint32_t second,
                                uint32_t third, uint32_t fourth) {
  sb_value value = {.kind = (uint8_t)kind};
  if (kind == SB_VALUE_NUMBER) {
    memcpy(&value.number, &first, sizeof first);
  } else if (kind == SB_VALUE_BOOLEAN) {
    value.boolean = first != 0;
  } else {
    const uint32_t words[] = {(uint32_t)first, second, third, fourth};
    memcpy(&value.number, words, sizeof words);
  }
  return conclude(stagebox_stage.set_parameter ? stagebox_stage.set_parameter((sb_text){id, id_length}, &value)
                                               : "no parameter of this stage can be changed while it runs");
}

EXPORT("save-state")
sb_bytes *stagebox_save_state(void) {
  static sb_bytes state;
  state = stagebox_stage.save_state ? stagebox_stage.save_state() : (sb_bytes){0};
  let_go();
  return &state;
}

EXPORT("load-state")
outcome *stagebox_load_state(const void *bytes, uint32_t length) {
  return conclude(stagebox_stage.load_state ? stagebox_stage.load_state((sb_bytes){bytes, length})
                                            : "this stage keeps no state");
}

EXPORT("latency-s")
double stagebox_latency_s(void) {
  const double seconds = stagebox_stage.latency_s ? stagebox_stage.latency_s() : 0;
  let_go();
  return seconds;
}

EXPORT("shutdown")
void stagebox_shutdown(void) {
  if (stagebox_stage.shutdown) stagebox_stage.shutdown();
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
