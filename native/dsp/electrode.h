/* SPDX-License-Identifier: Apache-2.0
 *
 * Electrodes of the international 10-10 system (Oostenveld, Praamstra 2001), whose names say where they sit:
 * letters for the row from front to back, a number for the side (odd: left, even: right) and the distance from the
 * midline.
 */
#ifndef STAGEBOX_DSP_ELECTRODE_H
#define STAGEBOX_DSP_ELECTRODE_H

#include <stdint.h>

typedef enum sb_electrode_row {
  SB_ROW_FP, SB_ROW_AF, SB_ROW_F, SB_ROW_FC, SB_ROW_C, SB_ROW_CP, SB_ROW_P, SB_ROW_PO, SB_ROW_O,
  SB_ROW_NONE, /* not an electrode of the system */
} sb_electrode_row;

enum { SB_ELECTRODES = 72 };

/* All of them, in the order in which boards fill up: the first 8 and 16 are those of common headsets, the first 19
 * the 10-20 system. */
extern const char *const sb_electrode_names[SB_ELECTRODES];

typedef struct sb_electrode {
  sb_electrode_row row;
  uint32_t ring; /* 0 on the midline, 1 and 2 beside it ... 4 over the ear, 5 below */
} sb_electrode;

/* Reads a name ("O1", "TP10"), without regard to case. [any] */
sb_electrode sb_electrode_parse(const char *name);

#endif
