/* SPDX-License-Identifier: Apache-2.0
 *
 * Extension "stagebox.latency": how far the output lags behind the input.
 */
#ifndef STAGEBOX_EXT_LATENCY_H
#define STAGEBOX_EXT_LATENCY_H

#ifdef __cplusplus
extern "C" {
#endif

#define SB_EXT_LATENCY "stagebox.latency"

typedef struct sb_ext_latency {
  /* Group delay in seconds (of a linear-phase FIR: (taps - 1) / 2 / rate). [control & active] */
  double (*seconds)(const void *self);
} sb_ext_latency;

#ifdef __cplusplus
}
#endif
#endif
