/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a file's bytes are a plugin library for this machine, read from the bytes alone: as the loader would find
 * them, through the program headers, since it does not look at sections either. The bytes are hostile.
 */
#ifndef STAGEBOX_ELF_CHECK_H
#define STAGEBOX_ELF_CHECK_H

#include <stagebox/status.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sb_elf_findings {
  uint32_t abi;      /* as SB_ABI_VERSION */
  char warning[160]; /* "" if there is none */
} sb_elf_findings;

/* SB_REFUSED: it must not be loaded; sb_last_error says why, without naming the file. [control] */
sb_status sb_elf_check(const uint8_t *bytes, size_t count, sb_elf_findings *out);

/* The same for a sealed file; SB_IO if it cannot be mapped. */
sb_status sb_elf_check_file(int file, sb_elf_findings *out);

#endif
