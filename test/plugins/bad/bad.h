/* SPDX-License-Identifier: Apache-2.0
 *
 * What all bad plugins share: a stage that hands its signal on unchanged for `after` blocks, and from then on does what
 * its file's `turn_bad` does, with a good output already written.
 *
 *     static sb_status turn_bad(const sb_block *in, sb_block *out) { ... }
 *     BAD_STAGE(crash, "Crash", "Reads address 0.")
 */
#ifndef STAGEBOX_TEST_BAD_H
#define STAGEBOX_TEST_BAD_H

#include <stagebox/stagebox.h>
#include <stdlib.h>
#include <string.h>

static sb_status turn_bad(const sb_block *in, sb_block *out);

typedef struct bad {
  double after;
  double blocks;
} bad;

static inline sb_status bad_create(const sb_host *host, const sb_value *values, void **self) {
  bad *stage = (bad *)calloc(1, sizeof *stage);
  if (!stage) return host->fail(host, SB_NO_MEMORY, "out of memory");
  stage->after = values[0].number;
  *self = stage;
  return SB_OK;
}

static inline sb_status bad_activate(void *self, const sb_host *host, const sb_format *in, sb_format *out) {
  (void)self, (void)host, (void)in, (void)out;
  return SB_OK;
}

static inline sb_status bad_process(void *self, const sb_block *in, sb_block *out) {
  bad *stage = (bad *)self;
  memmove(out->data, in->data, (size_t)in->frames * in->stride * sizeof *in->data);
  return stage->blocks++ < stage->after ? SB_OK : turn_bad(in, out);
}

static inline void bad_deactivate(void *self) { (void)self; }

/* The class `bad_<type>`, with these SB_STAGE_* flags. */
#define BAD_CLASS(word, title, says, class_flags, processor)                                                          \
  static const sb_param params[] = {{"after", SB_PARAM_INTEGER, 0, "", 0, 1e9, "100", NULL,                           \
                                     "Good blocks before the first bad one."}};                                       \
  static const sb_stage_class bad_class = {                                                                           \
      sizeof(sb_stage_class), class_flags, "bad_" #word, title, "utility", says, SB_PORT_SIGNAL, SB_PORT_SIGNAL,       \
      params, 1, 0, bad_create, bad_activate, processor, NULL, bad_deactivate, free, NULL};                           \
  SB_PLUGIN                                                                                                           \
  sb_status stagebox_register(const sb_host *host, const sb_registrar *registrar) {                                   \
    (void)host;                                                                                                       \
    return registrar->add_stage(registrar, &bad_class);                                                               \
  }

#define BAD_STAGE(word, title, says) BAD_CLASS(word, title, says, SB_STAGE_IN_PLACE, bad_process)

#endif
