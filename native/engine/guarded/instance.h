/* SPDX-License-Identifier: Apache-2.0
 *
 * Making and ending an instance of a class, as one call each: what runs beside the control thread, since it may take
 * its time, hang or fall over.
 */
#ifndef STAGEBOX_INSTANCE_H
#define STAGEBOX_INSTANCE_H

#include <stagebox/stagebox.h>
#include <stdbool.h>

typedef struct sb_instance {
  const sb_stage_class *stage;   /* either */
  const sb_source_class *source; /* or */
  const sb_host *host;
  sb_value *values;              /* its own */
  sb_format in;                  /* of a stage; strings belong to its upstream */
  sb_format out;                 /* comes in prepared, goes out as it was activated */
  const void *state;             /* that it is to go on from, its own; NULL: none */
  uint32_t state_count;

  void *self;
  bool is_active;
  const char *volatile within;   /* the function under way, for words */
  sb_status status;              /* of create and activate */
  char words[1024];              /* why not */
  const sb_ext_state *ext_state; /* NULL: none */
  uint32_t state_bytes;
  double latency_s;
} sb_instance;

/* Both take an sb_instance, as bodies of sb_fault_run. */
void sb_instance_make(void *instance);
void sb_instance_end(void *instance);

/* One that was ended, or that cannot be, or NULL. */
void sb_instance_free(sb_instance *instance);

#endif
