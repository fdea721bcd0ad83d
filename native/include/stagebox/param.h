/* SPDX-License-Identifier: Apache-2.0
 *
 * The parameter table of a component. It is data: forms, documentation, validation and error messages
 * are all made from it, and by the time a component sees a value the host has checked it against it.
 */
#ifndef STAGEBOX_PARAM_H
#define STAGEBOX_PARAM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sb_param_kind {
  SB_PARAM_NUMBER = 0,   /* number */
  SB_PARAM_INTEGER = 1,  /* number, whole */
  SB_PARAM_BOOLEAN = 2,  /* number, 0 or 1 */
  SB_PARAM_CHOICE = 3,   /* number: index into the table's choices */
  SB_PARAM_TEXT = 4,     /* texts[0] */
  SB_PARAM_NUMBERS = 5,  /* numbers[rows] */
  SB_PARAM_NAMES = 6,    /* texts[rows] */
  SB_PARAM_BANDS = 7,    /* texts[rows] names, numbers[rows * 2] low and high */
  SB_PARAM_MATRIX = 8,   /* numbers[rows * columns], row by row */
} sb_param_kind;

enum {
  SB_PARAM_LIVE = 1u << 0,     /* sb_stage_class.set takes it between two blocks; otherwise a change makes a new instance */
  SB_PARAM_REQUIRED = 1u << 1, /* has no default */
};

typedef struct sb_param {
  const char *id;           /* "low_hz": snake case, the unit at its end */
  uint32_t kind;            /* an sb_param_kind */
  uint32_t flags;           /* SB_PARAM_* */
  const char *unit;         /* "Hz", "s", "uV"; NULL or "" where there is none */
  double minimum, maximum;  /* numbers, and each number of a list; both 0: no limits */
  /* The default as it would be written in a pipeline file: "50", "true", "hann", "[1, 2]",
   * "{ alpha: [8, 13] }". NULL where the parameter is required. */
  const char *fallback;
  const char *const *choices; /* NULL-terminated; NULL unless kind is choice */
  const char *description;    /* one sentence */
} sb_param;

/* A value, checked against its row of the table. Valid for the length of the call that passes it. */
typedef struct sb_value {
  double number;
  uint32_t rows, columns;
  const double *numbers;
  const char *const *texts;
} sb_value;

#ifdef __cplusplus
}
#endif
#endif
