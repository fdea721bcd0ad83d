/* SPDX-License-Identifier: Apache-2.0
 *
 * What is refused before any of it runs, and in which words.
 */
#include "elf_check.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "test_library.h"

static bool begins(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

static void check_words(const char *what, const uint8_t *bytes, size_t count, const char *words) {
  sb_elf_findings findings;
  const sb_status status = sb_elf_check(bytes, count, &findings);
  const char *got = status == SB_OK ? "accepted" : sb_last_error();
  check_that(begins(got, words), __FILE__, __LINE__, "%s: \"%s\", not \"%s\"", what, got, words);
}

#if defined(__x86_64__)
#define HERE "x86_64"
enum { ELSEWHERE = EM_AARCH64 };
#define THERE "aarch64"
#else
#define HERE "aarch64"
enum { ELSEWHERE = EM_X86_64 };
#define THERE "x86_64"
#endif

TEST(elf_check_says_what_a_file_is_instead) {
  static const struct {
    const char *what, *bytes;
    size_t count;
    const char *words;
  } files[] = {
      {"nothing", "", 0, "is empty"},
      {"a script", "#!/bin/sh\n", 10, "is no ELF library: it begins with \"#!/b...\""},
      {"a short text", "no", 2, "is no ELF library: it begins with \"no\""},
      {"an archive", "PK\3\4....", 8, "is no ELF library: it begins with the bytes 50 4b 03 04 ..."},
      {"a magic number", "\177ELF", 4, "is cut short: 4 bytes are no whole ELF header"},
  };
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    check_words(files[i].what, (const uint8_t *)files[i].bytes, files[i].count, files[i].words);
}

TEST(elf_check_reads_the_header_of_a_real_library) {
  const char *path = test_library("subject.c", "");
  if (!path) return;
  size_t count;
  uint8_t *bytes = test_read(path, &count), *copy = malloc(count);
  check_words("a library", bytes, count, "accepted");
  Elf64_Ehdr *header = (Elf64_Ehdr *)copy;
#define WITH(change, words) memcpy(copy, bytes, count), (change), check_words(#change, copy, count, words)
  WITH(header->e_machine = ELSEWHERE, "built for " THERE ", this machine is " HERE);
  WITH(header->e_machine = EM_RISCV, "built for riscv, this machine is " HERE);
  WITH(header->e_machine = 999, "built for machine 999, this machine is " HERE);
  WITH(header->e_ident[EI_CLASS] = ELFCLASS32, "is no 64-bit library");
  WITH(header->e_ident[EI_DATA] = ELFDATA2MSB, "is a big-endian library");
  WITH(header->e_type = ET_EXEC, "is an executable, not a library");
  WITH(header->e_type = ET_REL, "is an object file, not a library");
  WITH(header->e_type = ET_CORE, "is no library: its ELF type is 4");
  WITH(header->e_phnum = 0, "is damaged: its ELF header makes no sense");
  WITH(header->e_phoff = count - 8, "is cut short: its program headers lie behind its end");
  WITH(header->e_phoff = UINT64_MAX, "is cut short: its program headers lie behind its end");
#undef WITH
  check_words("half of it", bytes, count / 2, "is cut short: it has ");
  check_words("its header", bytes, sizeof *header, "is cut short: its program headers lie behind its end");
  free(bytes), free(copy);
}

TEST(elf_check_reads_the_note_and_the_symbols) {
  static const struct {
    const char *flags, *words;
  } libraries[] = {
      {"-DNO_NOTE", "is no Stagebox plugin: it has no Stagebox note; put SB_PLUGIN in one of its source files"},
      {"-DNOTE_VERSION=0x20000", "incompatible ABI 2 (core=1)"},
      {"-DNOTE_VERSION=0x00900", "incompatible ABI 0 (core=1)"},
      {"-DNOTE_LAYOUT=77", "was compiled against other headers than ABI 1.0 has (layout 000000000000004d, core="},
      {"-DNO_REGISTER", "has no symbol stagebox_register: define it as plugin.h declares it, and do not hide it"},
      {"-Wl,--hash-style=sysv", "accepted"},
      {"-Wl,--hash-style=gnu -s", "accepted"},
      {"-Wl,--hash-style=sysv -DNO_REGISTER", "has no symbol stagebox_register: "},
      {"-Wl,-z,separate-code", "accepted"},
  };
  for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
    const char *path = test_library("subject.c", libraries[i].flags);
    if (!path) return;
    size_t count;
    uint8_t *bytes = test_read(path, &count);
    check_words(libraries[i].flags, bytes, count, libraries[i].words);
    free(bytes);
  }
}

TEST(elf_check_warns_of_another_minor_version) {
  const char *path = test_library("subject.c", "-DNOTE_VERSION=0x10300");
  if (!path) return;
  const char *json = sb_library_inspect(path);
  CHECK(json && strcmp(json, "{\"abi\":\"1.3.0\",\"warning\":\"was compiled for ABI 1.3, this Stagebox has 1.0: what is newer will be missing\"}") == 0);
}

/* Bytes that are almost a library: never read outside of them (AddressSanitizer looks), and never without an answer. The
 * copy is as long as the file claims to be, and not a byte longer. */
TEST(elf_check_survives_any_bytes) {
  enum { ROUNDS = 20000 };
  const char *path = test_library("subject.c", "");
  if (!path) return;
  size_t count;
  uint8_t *bytes = test_read(path, &count);
  uint64_t random = 1;
  int accepted = 0;
#define DRAW(below) ((size_t)((random = random * 6364136223846793005ull + 1442695040888963407ull) >> 33) % (below))
  for (int round = 0; round < ROUNDS; round++) {
    const size_t length = round % 3 ? count : DRAW(count), changes = 1 + DRAW(8);
    uint8_t *copy = malloc(length + 1);
    memcpy(copy, bytes, length);
    for (size_t i = 0; length && i < changes; i++) {
      /* Mostly where it is read: the headers, and the tables that follow them. */
      const size_t at = DRAW(round % 2 && length > 4096 ? 4096 : length);
      static const uint8_t telling[] = {0, 1, 7, 8, 0x7F, 0x80, 0xFF};
      copy[at] = DRAW(2) ? telling[DRAW(sizeof telling)] : (uint8_t)DRAW(256);
    }
    uint8_t *exact = realloc(copy, length ? length : 1);
    sb_elf_findings findings;
    accepted += sb_elf_check(exact, length, &findings) == SB_OK;
    free(exact);
  }
#undef DRAW
  CHECK(accepted > 0 && accepted < ROUNDS); /* most bytes do not matter to it, and those are not refused */
  free(bytes);
}
