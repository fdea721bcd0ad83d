/* SPDX-License-Identifier: Apache-2.0 */
#include "elf_check.h"

#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <stagebox/plugin.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "error.h"
#include "registrar.h"

enum { MAX_SEGMENTS = 64, MAX_MEMORY_BYTES = 1 << 30 };

#if defined(__x86_64__)
static const uint16_t this_machine = EM_X86_64;
#elif defined(__aarch64__)
static const uint16_t this_machine = EM_AARCH64;
#endif

typedef struct elf_image {
  const uint8_t *bytes;
  size_t count;
  Elf64_Phdr segments[MAX_SEGMENTS];
  uint32_t segment_count;
} elf_image;

/* What the loader takes from the dynamic segment: addresses, as the file has them. */
typedef struct elf_dynamic {
  uint64_t symbols, symbol_bytes, strings, string_bytes, hash, gnu_hash, flags_1;
} elf_dynamic;

static bool is_inside(const elf_image *image, uint64_t offset, uint64_t bytes) {
  return offset <= image->count && bytes <= image->count - offset;
}

/* Copies what lies at an offset, wherever it is aligned; false if the file does not have it. */
static bool read_at(const elf_image *image, uint64_t offset, void *out, size_t bytes) {
  if (!is_inside(image, offset, bytes)) return false;
  memcpy(out, image->bytes + offset, bytes);
  return true;
}

/* The same at an address of the loaded library. */
static bool read_address(const elf_image *image, uint64_t address, void *out, size_t bytes) {
  for (uint32_t i = 0; i < image->segment_count; i++) {
    const Elf64_Phdr *segment = &image->segments[i];
    if (segment->p_type == PT_LOAD && address >= segment->p_vaddr && address - segment->p_vaddr <= segment->p_filesz &&
        bytes <= segment->p_filesz - (address - segment->p_vaddr))
      return read_at(image, segment->p_offset + (address - segment->p_vaddr), out, bytes);
  }
  return false;
}

static const char *machine_name(uint16_t machine, char room[16]) {
  switch (machine) {
    case EM_X86_64: return "x86_64";
    case EM_AARCH64: return "aarch64";
    case EM_ARM: return "arm";
    case EM_386: return "i386";
    case EM_RISCV: return "riscv";
    default: return snprintf(room, 16, "machine %u", machine), room;
  }
}

static sb_status refuse_other_bytes(const uint8_t *bytes, size_t count) {
  char start[16] = "";
  const size_t shown = count < 4 ? count : 4;
  bool is_text = true;
  for (size_t i = 0; i < shown; i++) is_text &= isprint(bytes[i]) != 0;
  if (is_text)
    return sb_error(SB_REFUSED, "is no ELF library: it begins with \"%.*s%s\"", (int)shown, (const char *)bytes,
                    count > shown ? "..." : "");
  for (size_t i = 0; i < shown; i++) snprintf(start + 3 * i, sizeof start - 3 * i, "%02x ", bytes[i]);
  return sb_error(SB_REFUSED, "is no ELF library: it begins with the bytes %s...", start);
}

static sb_status check_header(const elf_image *image, Elf64_Ehdr *header) {
  char room[2][16];
  if (image->count == 0) return sb_error(SB_REFUSED, "is empty");
  if (image->count < SELFMAG || memcmp(image->bytes, ELFMAG, SELFMAG) != 0)
    return refuse_other_bytes(image->bytes, image->count);
  if (!read_at(image, 0, header, sizeof *header))
    return sb_error(SB_REFUSED, "is cut short: %zu bytes are no whole ELF header", image->count);
  if (header->e_ident[EI_CLASS] != ELFCLASS64)
    return sb_error(SB_REFUSED, "is no 64-bit library, and this machine runs no others");
  if (header->e_ident[EI_DATA] != ELFDATA2LSB)
    return sb_error(SB_REFUSED, "is a big-endian library, and this machine is little-endian");
  if (header->e_machine != this_machine)
    return sb_error(SB_REFUSED, "built for %s, this machine is %s", machine_name(header->e_machine, room[0]),
                    machine_name(this_machine, room[1]));
  if (header->e_type == ET_EXEC) return sb_error(SB_REFUSED, "is an executable, not a library: link it with -shared");
  if (header->e_type == ET_REL) return sb_error(SB_REFUSED, "is an object file, not a library: link it with -shared");
  if (header->e_type != ET_DYN) return sb_error(SB_REFUSED, "is no library: its ELF type is %u", header->e_type);
  if (header->e_version != EV_CURRENT || header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0 ||
      header->e_phnum > MAX_SEGMENTS)
    return sb_error(SB_REFUSED, "is damaged: its ELF header makes no sense");
  return SB_OK;
}

static sb_status read_segments(elf_image *image, const Elf64_Ehdr *header) {
  uint64_t end_before = 0;
  if (!read_at(image, header->e_phoff, image->segments, header->e_phnum * sizeof(Elf64_Phdr)))
    return sb_error(SB_REFUSED, "is cut short: its program headers lie behind its end");
  image->segment_count = header->e_phnum;
  for (uint32_t i = 0; i < image->segment_count; i++) {
    const Elf64_Phdr *segment = &image->segments[i];
    if (segment->p_type != PT_LOAD && segment->p_type != PT_DYNAMIC && segment->p_type != PT_NOTE) continue;
    if (!is_inside(image, segment->p_offset, segment->p_filesz))
      return sb_error(SB_REFUSED, "is cut short: it has %zu bytes, and segment %u ends at byte %llu", image->count, i,
                      (unsigned long long)segment->p_offset + segment->p_filesz);
    if (segment->p_type != PT_LOAD) continue;
    const uint64_t align = segment->p_align;
    if (segment->p_filesz > segment->p_memsz || segment->p_memsz > MAX_MEMORY_BYTES ||
        segment->p_vaddr > MAX_MEMORY_BYTES || segment->p_vaddr < end_before || align & (align - 1) ||
        (align > 1 && (segment->p_vaddr - segment->p_offset) & (align - 1)))
      return sb_error(SB_REFUSED, "is damaged: segment %u cannot be loaded", i);
    end_before = segment->p_vaddr + segment->p_memsz;
  }
  return SB_OK;
}

static sb_status read_dynamic(const elf_image *image, elf_dynamic *out) {
  *out = (elf_dynamic){0};
  const Elf64_Phdr *segment = NULL;
  for (uint32_t i = 0; i < image->segment_count; i++)
    if (image->segments[i].p_type == PT_DYNAMIC) segment = &image->segments[i];
  if (!segment) return sb_error(SB_REFUSED, "is no library: it has no dynamic segment");
  Elf64_Dyn entry = {.d_tag = DT_NULL};
  /* Read where the loader will: at the address, which need not be where the header says the bytes lie. */
  for (uint64_t at = 0; at + sizeof entry <= segment->p_filesz; at += sizeof entry) {
    if (!read_address(image, segment->p_vaddr + at, &entry, sizeof entry) || entry.d_tag == DT_NULL) break;
    if (entry.d_tag == DT_SYMTAB) out->symbols = entry.d_un.d_ptr;
    if (entry.d_tag == DT_SYMENT) out->symbol_bytes = entry.d_un.d_val;
    if (entry.d_tag == DT_STRTAB) out->strings = entry.d_un.d_ptr;
    if (entry.d_tag == DT_STRSZ) out->string_bytes = entry.d_un.d_val;
    if (entry.d_tag == DT_HASH) out->hash = entry.d_un.d_ptr;
    if (entry.d_tag == DT_GNU_HASH) out->gnu_hash = entry.d_un.d_ptr;
    if (entry.d_tag == DT_FLAGS_1) out->flags_1 = entry.d_un.d_val;
  }
  if (entry.d_tag != DT_NULL) return sb_error(SB_REFUSED, "is damaged: its dynamic segment has no end");
  if (!out->symbols || !out->strings || out->symbol_bytes != sizeof(Elf64_Sym) || (!out->hash && !out->gnu_hash))
    return sb_error(SB_REFUSED, "is damaged: it has no table of symbols");
  if (out->flags_1 & DF_1_PIE) return sb_error(SB_REFUSED, "is an executable, not a library: link it with -shared");
  return SB_OK;
}

static bool is_symbol(const elf_image *image, const elf_dynamic *dynamic, uint64_t index, const char *name) {
  Elf64_Sym symbol;
  char found[32];
  const size_t bytes = strlen(name) + 1;
  return index < image->count &&
         read_address(image, dynamic->symbols + index * sizeof symbol, &symbol, sizeof symbol) &&
         symbol.st_shndx != SHN_UNDEF && ELF64_ST_TYPE(symbol.st_info) == STT_FUNC &&
         symbol.st_name < dynamic->string_bytes &&
         read_address(image, dynamic->strings + symbol.st_name, found, bytes) && memcmp(found, name, bytes) == 0;
}

/* The table of DT_HASH: bucket count, chain count, which is the number of symbols. */
static bool has_in_hash(const elf_image *image, const elf_dynamic *dynamic, const char *name) {
  uint32_t counts[2];
  if (!read_address(image, dynamic->hash, counts, sizeof counts)) return false;
  for (uint64_t i = 0; i < counts[1] && i < image->count / sizeof(Elf64_Sym); i++)
    if (is_symbol(image, dynamic, i, name)) return true;
  return false;
}

/* The table of DT_GNU_HASH: bucket count, first symbol, words of the Bloom filter, its shift; then the filter, the
 * buckets (first symbol of each) and the chains (hashes, odd at a chain's end). */
static bool has_in_gnu_hash(const elf_image *image, const elf_dynamic *dynamic, const char *name) {
  uint32_t head[4], index, hash, own = 5381;
  for (const char *at = name; *at; at++) own = own * 33 + (uint8_t)*at;
  if (!read_address(image, dynamic->gnu_hash, head, sizeof head) || head[0] == 0) return false;
  const uint64_t buckets = dynamic->gnu_hash + sizeof head + 8ull * head[2], chains = buckets + 4ull * head[0];
  if (!read_address(image, buckets + 4ull * (own % head[0]), &index, sizeof index) || index < head[1]) return false;
  for (;; index++) {
    if (!read_address(image, chains + 4ull * (index - head[1]), &hash, sizeof hash)) return false;
    if ((hash | 1) == (own | 1) && is_symbol(image, dynamic, index, name)) return true;
    if (hash & 1) return false;
  }
}

static sb_status check_symbol(const elf_image *image, const elf_dynamic *dynamic, const char *name,
                              const char *remedy) {
  /* The loader prefers the newer table. */
  if (dynamic->gnu_hash ? has_in_gnu_hash(image, dynamic, name) : has_in_hash(image, dynamic, name)) return SB_OK;
  return sb_error(SB_REFUSED, "has no symbol %s: %s", name, remedy);
}

static sb_status check_note(uint32_t version, uint64_t layout, sb_elf_findings *out) {
  const uint32_t major = version >> 16, minor = version >> 8 & 0xFF;
  const sb_status status = sb_entry_check_abi(version);
  if (status != SB_OK) return status;
  if (layout != SB_ABI_LAYOUT)
    return sb_error(SB_REFUSED,
                    "was compiled against other headers than ABI %u.%u has (layout %016llx, core=%016llx): "
                    "compile it anew with this Stagebox's",
                    major, minor, (unsigned long long)layout, (unsigned long long)SB_ABI_LAYOUT);
  if (minor != SB_ABI_MINOR)
    snprintf(out->warning, sizeof out->warning, "was compiled for ABI %u.%u, this Stagebox has %u.%u%s", major, minor,
             SB_ABI_MAJOR, SB_ABI_MINOR, minor > SB_ABI_MINOR ? ": what is newer will be missing" : "");
  out->abi = version;
  return SB_OK;
}

/* Every Stagebox note has to fit, so that none can hide behind another. */
static sb_status check_notes(const elf_image *image, sb_elf_findings *out) {
  bool is_plugin = false;
  for (uint32_t i = 0; i < image->segment_count; i++) {
    const Elf64_Phdr *segment = &image->segments[i];
    const uint64_t pad = segment->p_align == 8 ? 7 : 3;
    if (segment->p_type != PT_NOTE) continue;
    Elf64_Nhdr head;
    for (uint64_t at = 0; at + sizeof head <= segment->p_filesz;) {
      struct {
        char name[12];
        uint32_t version, layout_low, layout_high;
      } body;
      const uint64_t offset = segment->p_offset + at;
      if (!read_at(image, offset, &head, sizeof head)) break;
      const bool fits = head.n_namesz == 9 && head.n_type == SB_NOTE_TYPE && head.n_descsz >= 12;
      if (fits && pad == 3 && read_at(image, offset + sizeof head, &body, sizeof body) &&
          memcmp(body.name, "Stagebox", 9) == 0) {
        const sb_status status = check_note(body.version, (uint64_t)body.layout_high << 32 | body.layout_low, out);
        if (status != SB_OK) return status;
        is_plugin = true;
      }
      at += (sizeof head + (((uint64_t)head.n_namesz + pad) & ~pad) + head.n_descsz + pad) & ~pad;
    }
  }
  if (is_plugin) return SB_OK;
  return sb_error(SB_REFUSED,
                  "is no Stagebox plugin: it has no Stagebox note; put SB_PLUGIN in one of its source files");
}

sb_status sb_elf_check(const uint8_t *bytes, size_t count, sb_elf_findings *out) {
  *out = (sb_elf_findings){0};
  elf_image image = {.bytes = bytes, .count = count};
  Elf64_Ehdr header;
  elf_dynamic dynamic;
  sb_status status = check_header(&image, &header);
  if (status == SB_OK) status = read_segments(&image, &header);
  if (status == SB_OK) status = read_dynamic(&image, &dynamic);
  if (status == SB_OK) status = check_notes(&image, out);
  if (status == SB_OK)
    status = check_symbol(&image, &dynamic, "stagebox_abi_version",
                          "put SB_PLUGIN in one of its source files, outside of any namespace");
  if (status == SB_OK)
    status = check_symbol(&image, &dynamic, "stagebox_register",
                          "define it as plugin.h declares it, and do not hide it");
  return status;
}

sb_status sb_elf_check_file(int file, sb_elf_findings *out) {
  struct stat info;
  if (fstat(file, &info) != 0) return sb_error(SB_IO, "cannot be read: %s", strerror(errno));
  if (info.st_size == 0) return sb_elf_check(NULL, 0, out);
  void *bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  if (bytes == MAP_FAILED) return sb_error(SB_IO, "cannot be read: %s", strerror(errno));
  const sb_status status = sb_elf_check(bytes, (size_t)info.st_size, out);
  munmap(bytes, (size_t)info.st_size);
  return status;
}
