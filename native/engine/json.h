/* SPDX-License-Identifier: Apache-2.0
 *
 * As much JSON as the engine says.
 */
#ifndef STAGEBOX_JSON_H
#define STAGEBOX_JSON_H

#include <stdint.h>
#include <stdio.h>

/* "text", escaped; NULL is "". */
void sb_json_string(FILE *out, const char *text);
/* "key":"text", */
void sb_json_field(FILE *out, const char *key, const char *text);
/* "key":["a","b"], */
void sb_json_strings(FILE *out, const char *key, const char *const *texts, uint32_t count);
/* "number", "integer" ...; "" for what is no kind. */
const char *sb_json_param_kind(uint32_t kind);
/* "none", "signal", "spectrum", "features" */
const char *sb_json_port(uint32_t port);

#endif
