/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"

#include <pthread.h>
#include <stagebox_engine.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORDS_BYTES = 1024 };
static pthread_key_t key;

static void create_key(void) { pthread_key_create(&key, free); }

/* The thread's. Not a thread-local variable: these lie in the static block (fault.c), which has little room. */
static char *words(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  static char no_memory[WORDS_BYTES];
  pthread_once(&once, create_key);
  char *own = pthread_getspecific(key);
  if (own) return own;
  own = calloc(1, WORDS_BYTES);
  if (own) pthread_setspecific(key, own);
  return own ? own : no_memory;
}

const char *sb_last_error(void) { return words(); }

sb_status sb_error(sb_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(words(), WORDS_BYTES, format, arguments);
  va_end(arguments);
  return status;
}

static sb_status fail(const sb_host *host, sb_status status, const char *format, ...) {
  (void)host;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(words(), WORDS_BYTES, format, arguments);
  va_end(arguments);
  return status;
}

static const void *extension(const sb_host *host, const char *id) {
  (void)host, (void)id;
  return NULL;
}

const sb_host sb_engine_host = {.size = sizeof(sb_host), .fail = fail, .extension = extension};
