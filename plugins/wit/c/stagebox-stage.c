/* SPDX-License-Identifier: Apache-2.0
 *
 * The calls between a box and the table of stagebox-stage.h.
 */
#include "stagebox-stage.h"

#include <stdlib.h>

#include "calls.h"

#define EXPORT(name) EXPORT_OF("processor", name)

_Static_assert(sizeof(sb_format) == 64 && offsetof(sb_format, channels) == 16 && offsetof(sb_format, unit) == 48, "");

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
  if (failure) result.words = sb_text_of(failure);
  else result.format = out;
  return &result;
}

__attribute__((export_name("cabi_post_stagebox:plugin/processor@0.1.0#init"))) void stagebox_init_done(init_result *result) {
  (void)result;
  sb_let_go();
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
    result.words = sb_text_of(failure);
  } else {
    result.samples = output;
    result.count = frames * width;
  }
  sb_let_go();
  return &result;
}

/* `first` holds the value's first word: a number's bits, or a pointer. */
EXPORT("set-parameter")
sb_outcome *stagebox_set_parameter(const char *id, uint32_t id_length, uint32_t kind, uint64_t first, uint32_t second,
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
  return sb_conclude(stagebox_stage.set_parameter ? stagebox_stage.set_parameter((sb_text){id, id_length}, &value)
                                                  : "no parameter of this stage can be changed while it runs");
}

EXPORT("save-state")
sb_bytes *stagebox_save_state(void) {
  static sb_bytes state;
  state = stagebox_stage.save_state ? stagebox_stage.save_state() : (sb_bytes){0};
  sb_let_go();
  return &state;
}

EXPORT("load-state")
sb_outcome *stagebox_load_state(const void *bytes, uint32_t length) {
  return sb_conclude(stagebox_stage.load_state ? stagebox_stage.load_state((sb_bytes){bytes, length})
                                               : "this stage keeps no state");
}

EXPORT("latency-s")
double stagebox_latency_s(void) {
  const double seconds = stagebox_stage.latency_s ? stagebox_stage.latency_s() : 0;
  sb_let_go();
  return seconds;
}

EXPORT("shutdown")
void stagebox_shutdown(void) {
  if (stagebox_stage.shutdown) stagebox_stage.shutdown();
}
