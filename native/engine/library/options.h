/* SPDX-License-Identifier: Apache-2.0
 *
 * How a library is to be run and what it may do: the lines "key=value" of sb_library_open. The engine reads them to
 * refuse what is wrong, the plugin's process to take away its rights.
 *
 *     isolation=process|in-process    late=dry|hold|silence    part=stages|main
 *     memory_mb=64  cpu_percent=100  file_mb=0  processes=0  open_files=64
 *     permission=network|processes|threads     may stand more than once
 *     read=/a/path  write=/a/path              files or folders, may stand more than once
 *     folder=/the/plugin  data=/its/own/folder  config={"as": "JSON"}
 *     name=my-gain  file=/the/plugin/stage.py  classes=0100...        what an adapter is told: task.h
 *     program=/usr/bin/stagebox                which the process becomes, for the adapter of a language that needs it
 *     service=http://127.0.0.1:50051           or https:, or unix:/path: where alone the network that it may use leads
 */
#ifndef STAGEBOX_OPTIONS_H
#define STAGEBOX_OPTIONS_H

#include <stagebox/ext/draft/home.h>
#include <stagebox/status.h>
#include <stddef.h>
#include <stdint.h>

enum { SB_MAX_PATHS = 32 }; /* of each kind */

enum {
  SB_PERMIT_NETWORK = 1u << 0,   /* sockets of the internet */
  SB_PERMIT_PROCESSES = 1u << 1, /* fork, and programs of /usr */
  SB_PERMIT_THREADS = 1u << 2,
};

typedef struct sb_options {
  uint32_t is_in_process;
  uint32_t late;        /* 0 dry, 1 hold, 2 silence */
  uint32_t is_main;     /* not the plugin's stages are wanted, but its main part (ext/draft/main.h) */
  uint32_t memory_mb;   /* address space beside what the host takes itself */
  uint32_t cpu_percent; /* of one core; whoever started the process watches it */
  uint32_t file_mb;     /* no file it writes grows beyond this: 0 is no file at all */
  uint32_t processes;   /* at a time, with permission */
  uint32_t open_files;  /* beside the host's own */
  uint32_t permissions; /* SB_PERMIT_* */
  uint32_t read_count, write_count;
  const char *read[SB_MAX_PATHS], *write[SB_MAX_PATHS]; /* write is read as well */
  const char *folder, *data, *config;                   /* NULL: none */
  const char *name, *file, *classes;                    /* the plugin's, where the library is only its adapter */
  const char *program;                                  /* NULL: the process stays stagebox-plugin-host */
  const char *service;                                  /* NULL: it has no server of its own */
  uint32_t service_port;                                /* of TCP; 0: a Unix socket */
  char *text;                                           /* in which all of the above lie */
} sb_options;

/* Reads lines, NULL or "" for the defaults. If any is wrong returns SB_INVALID, or SB_NO_MEMORY, and says all that is
 * wrong in `words`; `out` is to be cleared only after SB_OK. [any] */
sb_status sb_options_parse(const char *text, sb_options *out, char *words, size_t room);

void sb_options_clear(sb_options *options);

/* What the plugin may know of them. Its strings are the options'. */
static inline sb_ext_home sb_options_home(const sb_options *options) {
  return (sb_ext_home){
      .size = sizeof(sb_ext_home), .folder = options->folder, .data = options->data, .config = options->config};
}

#endif
