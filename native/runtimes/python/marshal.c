/* SPDX-License-Identifier: Apache-2.0 */
#include "marshal.h"

#include <stdbool.h>
#include <stdlib.h>

/* Appends what it is given, and gives it back. */
static void append(sb_py *list, sb_py *item) {
  if (list && item) python.PyList_Append(list, item);
  if (item) python.Py_DecRef(item);
}

static sb_py *text_list(const char *const *texts, uint32_t count) {
  sb_py *list = python.PyList_New(0);
  for (uint32_t i = 0; texts && i < count; i++) append(list, python.PyUnicode_FromString(texts[i]));
  return list;
}

static sb_py *number_list(const double *numbers, uint32_t count) {
  sb_py *list = python.PyList_New(0);
  for (uint32_t i = 0; numbers && i < count; i++) append(list, python.PyFloat_FromDouble(numbers[i]));
  return list;
}

static sb_py *rows(const sb_value *value) {
  sb_py *list = python.PyList_New(0);
  for (uint32_t i = 0; i < value->rows; i++)
    append(list, number_list(value->numbers + (size_t)i * value->columns, value->columns));
  return list;
}

static void put(sb_py *dict, const char *key, sb_py *item) {
  if (dict && item) python.PyDict_SetItemString(dict, key, item);
  if (item) python.Py_DecRef(item);
}

static sb_py *bands(const sb_value *value) {
  sb_py *dict = python.PyDict_New();
  for (uint32_t i = 0; i < value->rows; i++)
    put(dict, value->texts[i], python.Py_BuildValue("(dd)", value->numbers[2 * i], value->numbers[2 * i + 1]));
  return dict;
}

sb_py *sb_marshal_value(const sb_param *param, const sb_value *value) {
  switch (param->kind) {
    case SB_PARAM_INTEGER: return python.PyLong_FromLongLong((long long)value->number);
    case SB_PARAM_BOOLEAN: return python.PyBool_FromLong(value->number != 0);
    case SB_PARAM_CHOICE: return python.PyUnicode_FromString(param->choices[(size_t)value->number]);
    case SB_PARAM_TEXT: return python.PyUnicode_FromString(value->texts[0]);
    case SB_PARAM_NUMBERS: return number_list(value->numbers, value->rows);
    case SB_PARAM_NAMES: return text_list(value->texts, value->rows);
    case SB_PARAM_BANDS: return bands(value);
    case SB_PARAM_MATRIX: return rows(value);
    default: return python.PyFloat_FromDouble(value->number);
  }
}

sb_py *sb_marshal_values(const sb_param *params, uint32_t count, const sb_value *values) {
  sb_py *dict = python.PyDict_New();
  for (uint32_t i = 0; i < count; i++) put(dict, params[i].id, sb_marshal_value(&params[i], &values[i]));
  return dict;
}

sb_py *sb_marshal_format(const sb_format *format) {
  return python.Py_BuildValue("(IdNINIds)", format->port, format->rate_hz,
                              text_list(format->channel_names, format->channels), format->values,
                              text_list(format->value_names, format->values), format->max_frames, format->bin_hz,
                              format->unit ? format->unit : "");
}

/* The texts of a list, as long as it lives; NULL if it is empty, or one of them is no text. */
static const char **texts_of(sb_py *list, uint32_t *count) {
  const ptrdiff_t size = python.PySequence_Size(list);
  *count = size > 0 ? (uint32_t)size : 0;
  const char **texts = *count ? calloc((size_t)*count + 1, sizeof *texts) : NULL;
  for (uint32_t i = 0; texts && i < *count; i++) {
    sb_py *item = python.PySequence_GetItem(list, i);
    texts[i] = item ? python.PyUnicode_AsUTF8AndSize(item, NULL) : NULL;
    if (item) python.Py_DecRef(item); /* the list has it still */
    if (!texts[i]) return free(texts), NULL;
  }
  return texts;
}

sb_status sb_marshal_read_format(sb_py *tuple, sb_format *format) {
  sb_py *channels, *names;
  uint32_t name_count = 0;
  const char *unit;
  if (!python.PyArg_ParseTuple(tuple, "IdOIOIds", &format->port, &format->rate_hz, &channels, &format->values, &names,
                               &format->max_frames, &format->bin_hz, &unit))
    return SB_INVALID;
  format->unit = unit;
  format->channel_names = texts_of(channels, &format->channels);
  format->value_names = texts_of(names, &name_count);
  const bool fits = format->channel_names && (name_count == 0 || (format->value_names && name_count == format->values));
  if (!fits) sb_marshal_free_format(format);
  return fits ? SB_OK : SB_INVALID;
}

void sb_marshal_free_format(sb_format *format) {
  free((void *)format->channel_names), free((void *)format->value_names);
  format->channel_names = format->value_names = NULL;
}

sb_py *sb_marshal_memory(const void *memory, size_t bytes, int access) {
  return memory ? python.PyMemoryView_FromMemory((char *)memory, (ptrdiff_t)bytes, access) : python.Py_BuildValue("");
}
