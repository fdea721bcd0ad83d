/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

void sb_json_string(FILE *out, const char *text) {
  putc('"', out);
  for (; text && *text; text++) {
    if (*text == '"' || *text == '\\') putc('\\', out);
    if ((unsigned char)*text < 0x20)
      fprintf(out, "\\u%04x", (unsigned char)*text);
    else
      putc(*text, out);
  }
  putc('"', out);
}

void sb_json_field(FILE *out, const char *key, const char *text) {
  fprintf(out, "\"%s\":", key);
  sb_json_string(out, text);
  putc(',', out);
}

void sb_json_strings(FILE *out, const char *key, const char *const *texts, uint32_t count) {
  fprintf(out, "\"%s\":[", key);
  for (uint32_t i = 0; texts && i < count; i++) {
    if (i) putc(',', out);
    sb_json_string(out, texts[i]);
  }
  fputs("],", out);
}

const char *sb_json_param_kind(uint32_t kind) {
  static const char *const names[] = {"number",  "integer", "boolean", "choice", "text",
                                      "numbers", "names",   "bands",   "matrix"};
  return kind < sizeof names / sizeof *names ? names[kind] : "";
}

const char *sb_json_port(uint32_t port) {
  static const char *const names[] = {"none", "signal", "spectrum", "features"};
  return names[port < 4 ? port : 0];
}
