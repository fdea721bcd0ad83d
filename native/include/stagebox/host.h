/* SPDX-License-Identifier: Apache-2.0
 *
 * What the host offers to a component.
 */
#ifndef STAGEBOX_HOST_H
#define STAGEBOX_HOST_H

#include <stdint.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sb_host sb_host;

struct sb_host {
  uint32_t size;      /* sizeof(sb_host): this struct grows only at its end */
  uint32_t reserved;
  void *context;      /* the host's own */

  /* Says why a call is about to fail, in a sentence that names the parameter, the problem and the remedy,
   * printf style; returns `status`, so that `return host->fail(host, SB_INVALID, "...")` does both. [control] */
#if defined(__GNUC__)
  __attribute__((format(printf, 3, 4)))
#endif
  sb_status (*fail)(const sb_host *host, sb_status status, const char *format, ...);

  /* An extension of the host by its id, or NULL. [any] */
  const void *(*extension)(const sb_host *host, const char *id);
};

#ifdef __cplusplus
}
#endif
#endif
