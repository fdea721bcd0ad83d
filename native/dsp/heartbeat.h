/* SPDX-License-Identifier: Apache-2.0
 *
 * The shape of one heart beat in an electrocardiogram.
 */
#ifndef STAGEBOX_DSP_HEARTBEAT_H
#define STAGEBOX_DSP_HEARTBEAT_H

/* P, Q, R, S and T waves at a time relative to the R peak, whose height is 1. A beat lasts from -0.35 to 0.55 s
 * at rest; `interval_s`, the time from one beat to the next, draws the P and T waves nearer. [any] */
double sb_heartbeat(double after_r_s, double interval_s);

#endif
