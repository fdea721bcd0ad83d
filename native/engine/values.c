/* SPDX-License-Identifier: Apache-2.0 */
#include "values.h"

#include <stdlib.h>
#include <string.h>

static size_t number_count(const sb_value *value) { return value->numbers ? (size_t)value->rows * value->columns : 0; }

static uint32_t text_count(const sb_value *value) { return value->texts ? value->rows : 0; }

sb_value *sb_values_copy(const sb_value *values, uint32_t count) {
  size_t numbers = 0, texts = 0, letters = 0;
  for (uint32_t i = 0; i < count; i++) {
    numbers += number_count(&values[i]);
    texts += text_count(&values[i]);
    for (uint32_t row = 0; row < text_count(&values[i]); row++) letters += strlen(values[i].texts[row]) + 1;
  }
  sb_value *copy = malloc(sizeof *copy * (count + 1) + sizeof(double) * numbers + sizeof(char *) * texts + letters);
  if (!copy) return NULL;
  double *number = (double *)(copy + count + 1);
  const char **text = (const char **)(number + numbers);
  char *letter = (char *)(text + texts);
  for (uint32_t i = 0; i < count; i++) {
    const size_t here = number_count(&values[i]);
    copy[i] = values[i];
    if (values[i].numbers) copy[i].numbers = memcpy(number, values[i].numbers, here * sizeof *number);
    if (values[i].texts) copy[i].texts = text;
    for (uint32_t row = 0; row < text_count(&values[i]); row++) {
      const size_t bytes = strlen(values[i].texts[row]) + 1;
      *text++ = memcpy(letter, values[i].texts[row], bytes);
      letter += bytes;
    }
    number += here;
  }
  return copy;
}
