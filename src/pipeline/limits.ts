// SPDX-License-Identifier: Apache-2.0

/** How large a pipeline may be. Generous for people, small enough that hostile input costs milliseconds. */
export const LIMITS = {
  yaml_chars: 256 * 1024,
  yaml_depth: 32,
  problems: 100,
  stages: 256,
  sinks: 64,
  tests: 64,
  expectations: 64,
  actions: 256,
  block_frames: 65536,
  core: 1023,
  test_seconds: 3600,
  text_chars: 4096,
  numbers: 4096,
  names: 1024,
  bands: 64,
  matrix_side: 256,
} as const;

/** What may name an entry, a group or a band: it stands in URLs, in `channel.feature` and in file names. */
export const ID = /^[a-z][a-z0-9_-]{0,31}$/i;
export const ID_RULE = "begin with a letter, then up to 31 letters, digits, _ or -";
