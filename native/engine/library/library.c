/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a library: checked, loaded here or in a process of its own, ready, closed. All of it [control].
 */
#include "library.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elf_check.h"
#include "error.h"
#include "fft_lending.h"
#include "hosting.h"
#include "loading.h"
#include "options.h"
#include "sealed_file.h"

/* For each step of a process's start. A language has to be started first, from a slow card on a small board. */
static const int64_t LIBRARY_NS = 5000000000, LANGUAGE_NS = 20000000000;

const sb_stage_class *sb_library_stage(const sb_library *library, const char *type) {
  for (uint32_t i = 0; i < library->classes.stage_count; i++)
    if (strcmp(library->classes.stages[i]->type, type) == 0) return library->classes.stages[i];
  return NULL;
}

const sb_source_class *sb_library_source(const sb_library *library, const char *type) {
  for (uint32_t i = 0; i < library->classes.source_count; i++)
    if (strcmp(library->classes.sources[i]->type, type) == 0) return library->classes.sources[i];
  return NULL;
}

int32_t sb_program_file(const char *name, const uint8_t *bytes, double count) {
  if (!bytes || !(count > 0 && count <= SB_SEALED_MAX_BYTES))
    return sb_error(SB_INVALID, "%s: %g bytes are no program", name, count), -1;
  return sb_sealed_file_create(name, bytes, (size_t)count);
}

/* A failure's words with the place before them. */
static sb_status at_path(const char *path, sb_status status) {
  char words[1024];
  snprintf(words, sizeof words, "%s", sb_last_error());
  return sb_error(status, "%s: %s", path, words);
}

/* The sealed copy of a file (or -1, with the reason told) if it may be run; else it is closed, and that is -1. */
static int checked(const char *path, int file, sb_elf_findings *findings) {
  const sb_status status = file < 0 ? SB_IO : sb_elf_check_file(file, findings);
  if (status == SB_OK) return file;
  if (file >= 0) {
    at_path(path, status);
    close(file);
  }
  return -1;
}

const char *sb_library_inspect(const char *path) {
  static char json[512];
  sb_elf_findings findings;
  const int file = checked(path, sb_sealed_file_copy(path), &findings);
  if (file < 0) return NULL;
  close(file);
  const int used = snprintf(json, sizeof json, "{\"abi\":\"%u.%u.%u\"", findings.abi >> 16, findings.abi >> 8 & 0xFF,
                            findings.abi & 0xFF);
  snprintf(json + used, sizeof json - (size_t)used, *findings.warning ? ",\"warning\":\"%s\"}" : "}", findings.warning);
  return json;
}

static void free_library(sb_library *library) {
  if (library->options) sb_options_clear(library->options);
  free(library->options);
  free(library->option_lines);
  free(library->path);
  free(library->catalog);
  free(library->fft_transforms);
  free(library);
}

static sb_library *create(const char *path, const char *lines) {
  sb_library *library = calloc(1, sizeof *library);
  if (!library) return sb_error(SB_NO_MEMORY, "out of memory"), NULL;
  *library = (sb_library){
      .file = -1, .status = SB_AGAIN, .path = strdup(path), .option_lines = strdup(lines ? lines : "")};
  library->host = sb_library_host_of(library);
  sb_options *options = calloc(1, sizeof *options);
  sb_status status = SB_NO_MEMORY;
  char words[1024] = "out of memory";
  if (library->path && library->option_lines && options) status = sb_options_parse(lines, options, words, sizeof words);
  if (status == SB_OK && options->file) { /* of which its words are, and not of its adapter */
    free(library->path);
    library->path = strdup(options->file);
  }
  if (status == SB_OK) {
    library->options = options;
    library->late = (sb_late_policy)options->late;
    library->home = sb_options_home(options);
    return library;
  }
  free(options);
  free_library(library);
  return sb_error(status, "%s: %s", path, words), NULL;
}

static bool load_here(sb_library *library) {
  return (library->loading = sb_loading_start(library->file, library->abi, &library->host)) != NULL;
}

/* A library that is to run here is tried in a process first: what falls over in a constructor here would leave the
 * loader's lock taken for good, and everybody who needs it waiting. Without a plugin host there is no trial. */
static bool start(sb_library *library) {
  const sb_options *options = library->options;
  const char *slash = strrchr(library->path, '/'), *file = slash ? slash + 1 : library->path;
  const sb_process_limits limits = {options->memory_mb, options->cpu_percent, options->file_mb, options->data};
  const sb_hosting_terms terms = {.name = options->name ? options->name : file,
                                  .options = library->option_lines,
                                  .file = library->file,
                                  .limits = limits,
                                  .patience_ns = options->file ? LANGUAGE_NS : LIBRARY_NS,
                                  .is_main = options->is_main};
  sb_hosting *hosting = sb_hosting_create(&terms);
  if (!options->is_in_process || options->is_main) return (library->hosting = hosting) != NULL;
  return (library->trial = hosting) != NULL || load_here(library);
}

/* `file`: a sealed copy, taken over; -1: it could not be had. */
static sb_library *open_sealed(const char *path, int file, const char *options) {
  sb_elf_findings findings;
  if ((file = checked(path, file, &findings)) < 0) return NULL;
  sb_library *library = create(path, options);
  if (library) {
    library->file = file;
    library->abi = findings.abi;
    if (*findings.warning) sb_library_note(library, "%s", findings.warning);
    if (start(library)) return library;
    at_path(path, SB_IO);
    free_library(library);
  }
  close(file);
  return NULL;
}

sb_library *sb_library_open(const char *path, const char *options) {
  return open_sealed(path, sb_sealed_file_copy(path), options);
}

sb_library *sb_library_open_bytes(const char *path, const uint8_t *bytes, double count, const char *options) {
  if (!bytes || !(count > 0 && count <= SB_SEALED_MAX_BYTES))
    return sb_error(SB_REFUSED, "%s: %g bytes are no library", path, count), NULL;
  return open_sealed(path, sb_sealed_file_create(path, bytes, (size_t)count), options);
}

/* Only falling over decides: what it may not do there, it may here. */
static sb_status try_out(sb_library *library) {
  sb_classes told;
  const sb_status status = sb_hosting_poll(library->trial, &told);
  if (status == SB_AGAIN) return SB_AGAIN;
  if (status == SB_CRASHED || status == SB_LATE) return status;
  sb_hosting_destroy(library->trial);
  library->trial = NULL;
  return load_here(library) ? SB_AGAIN : SB_NO_MEMORY;
}

static sb_status ask(sb_library *library) {
  if (library->trial) return try_out(library);
  return library->loading ? sb_loading_poll(library->loading, &library->classes)
                          : sb_hosting_poll(library->hosting, &library->classes);
}

int32_t sb_library_poll(sb_library *library) {
  if (library->status == SB_AGAIN) {
    sb_status status = ask(library);
    if (status == SB_AGAIN) return SB_AGAIN;
    if (status == SB_OK && !(library->catalog = sb_classes_json(&library->classes)))
      status = sb_error(SB_NO_MEMORY, "out of memory");
    if (status != SB_OK) library->classes = (sb_classes){0};
    if (status != SB_OK) snprintf(library->words, sizeof library->words, "%s", sb_last_error());
    if (library->loading && (status == SB_CRASHED || status == SB_LATE)) library->is_tainted = true;
    library->status = status;
    if (status == SB_OK && !library->is_closed) sb_fft_lending_begin(library);
  }
  return library->status == SB_OK ? SB_OK : sb_error(library->status, "%s: %s", library->path, library->words);
}

const char *sb_library_catalog(const sb_library *library) {
  return library->catalog ? library->catalog : "{\"sources\":[],\"stages\":[]}";
}

void sb_library_note(sb_library *library, const char *format, ...) {
  const size_t used = strlen(library->notes);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(library->notes + used, sizeof library->notes - used, format, arguments);
  va_end(arguments);
  strncat(library->notes, "\n", sizeof library->notes - strlen(library->notes) - 1);
}

const char *sb_library_log(sb_library *library) {
  /* Notes first; what its processes wrote comes with the next call. */
  if (!*library->notes && library->hosting) return sb_hosting_log(library->hosting);
  memcpy(library->log, library->notes, sizeof library->log);
  *library->notes = 0;
  return library->log;
}

const char *sb_library_sandbox(const sb_library *library) {
  return library->hosting ? sb_hosting_sandbox(library->hosting) : "";
}

/* Where code of it may be under way, or left something behind that points into it, all of it stays for good. */
static void end(sb_library *library) {
  if (library->status == SB_AGAIN) sb_library_poll(library);
  if (library->is_tainted || library->busy || (library->loading && library->status == SB_AGAIN)) return;
  sb_hosting_destroy(library->trial);
  sb_hosting_destroy(library->hosting);
  if (!library->loading || sb_loading_end(library->loading)) close(library->file);
  free_library(library);
}

void sb_library_release(sb_library *library) {
  if (atomic_fetch_sub(&library->nodes, 1) == 1 && library->is_closed) end(library);
}

void sb_library_close(sb_library *library) {
  if (!library || library->is_closed) return;
  library->is_closed = true;
  sb_fft_lending_end(library);
  if (atomic_load(&library->nodes) == 0) end(library);
}
