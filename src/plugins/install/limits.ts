// SPDX-License-Identifier: Apache-2.0

/** What a plugin may weigh on its way in. More is a mistake or an attack. */
export const LIMITS = {
  /** Of a zip file, or a repository on its way. */
  packed_bytes: 64 * 2 ** 20,
  unpacked_bytes: 256 * 2 ** 20,
  entries: 4096,
  /** Unpacked to packed, of what is larger than `ratio_from_bytes`. Code, text and recordings stay far below. */
  ratio: 100,
  ratio_from_bytes: 2 ** 20,
  name_bytes: 255,
  path_bytes: 1024,
  depth: 16,
  /** Without a byte from the other side. */
  silence_ms: 20_000,
  download_ms: 300_000,
} as const;
