/* SPDX-License-Identifier: Apache-2.0 */
#include "electrode.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const sb_electrode_names[SB_ELECTRODES] = {
    "Fp1", "Fp2", "C3",  "C4",  "P7",  "P8",  "O1",  "O2",  "F7",  "F8",  "F3",  "F4",  "T7",  "T8",  "P3",
    "P4",  "Fz",  "Cz",  "Pz",  "AF3", "AF4", "FC1", "FC2", "FC5", "FC6", "CP1", "CP2", "CP5", "CP6", "PO3",
    "PO4", "Oz",  "Fpz", "AFz", "AF7", "AF8", "F1",  "F2",  "F5",  "F6",  "FT7", "FT8", "FC3", "FC4", "FCz",
    "C1",  "C2",  "C5",  "C6",  "TP7", "TP8", "CP3", "CP4", "CPz", "P1",  "P2",  "P5",  "P6",  "PO7", "PO8",
    "POz", "FT9", "FT10", "TP9", "TP10", "F9", "F10", "P9", "P10", "T9", "T10", "Iz",
};

static const struct {
  const char *letters;
  sb_electrode_row row;
} rows[] = {
    {"Fp", SB_ROW_FP}, {"AF", SB_ROW_AF}, {"F", SB_ROW_F},  {"FC", SB_ROW_FC}, {"FT", SB_ROW_FC}, {"C", SB_ROW_C}, {"T", SB_ROW_C},
    {"CP", SB_ROW_CP}, {"TP", SB_ROW_CP}, {"P", SB_ROW_P},  {"PO", SB_ROW_PO}, {"O", SB_ROW_O}, {"I", SB_ROW_O},
};

sb_electrode sb_electrode_parse(const char *name) {
  const size_t letters = strcspn(name, "0123456789zZ");
  const char *place = name + letters;
  const sb_electrode none = {SB_ROW_NONE, 0};
  uint32_t ring = 0;
  if (*place >= '0' && *place <= '9') {
    char *end;
    const unsigned long number = strtoul(place, &end, 10);
    if (*end || number < 1 || number > 10) return none;
    ring = (uint32_t)(number + 1) / 2;
  } else if (!*place || place[1]) {
    return none;
  }
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (strlen(rows[i].letters) == letters && strncasecmp(name, rows[i].letters, letters) == 0)
      return (sb_electrode){rows[i].row, ring};
  return none;
}
