// SPDX-License-Identifier: Apache-2.0
//
// A packed plugin: a zip file with SHA256SUMS over all its files. The same files make the same bytes, whoever packs them,
// when, and on which machine: names are sorted, times are always the same, and what packs is JavaScript, since zlib's
// output is another on other processors.
import { createHash } from "node:crypto";
import { zipSync } from "fflate";
import { fileRefusal } from "../../pipeline/problem.ts";
import { megabytes } from "../../pipeline/words.ts";
import { readArchive, unpacked } from "../install/archive.ts";
import { LIMITS } from "../install/limits.ts";
import type { Contents } from "../signature/contents.ts";
import { formatSums, SIGNATURE_FILE, SUMS_FILE } from "../signature/sums.ts";

/** The first moment that a zip file can tell of, wherever it is read. */
const TIME = new Date(1980, 0, 1);
const UNIX = 3;
const REGULAR = 0o100000;

export interface BundleFile {
  data: Uint8Array;
  isExecutable: boolean;
}

/** By name. */
export type BundleFiles = ReadonlyMap<string, BundleFile>;

/** All that is in a packed plugin; `file` is its name for messages. Throws ProblemsError. */
export function readBundle(zip: Uint8Array, file: string): Map<string, BundleFile> {
  const entries = readArchive(zip, file).filter(({ isFolder }) => !isFolder);
  return new Map(
    entries.map((entry) => [entry.name, { data: unpacked(zip, entry, file), isExecutable: entry.isExecutable }]),
  );
}

/** Throws ProblemsError if it would be larger than what can be installed. */
export function writeBundle(files: BundleFiles, file: string): Uint8Array {
  const entry = ({ data, isExecutable }: BundleFile) => {
    const mode = REGULAR | (isExecutable ? 0o755 : 0o644);
    return [data, { level: 9, mtime: TIME, os: UNIX, attrs: (mode << 16) >>> 0 }] as const;
  };
  const sorted = [...files].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const zip = zipSync(Object.fromEntries(sorted.map(([name, it]) => [name, entry(it) as never])));
  if (zip.length > LIMITS.packed_bytes)
    throw fileRefusal(
      file,
      `would have ${megabytes(zip.length)}; a plugin has at most ${megabytes(LIMITS.packed_bytes)}`,
    );
  readArchive(zip, file); // what could not be installed is not packed
  return zip;
}

/** The same, as what judges signatures wants it. */
export function contentsOf(files: BundleFiles): Contents {
  const list = files.get(SUMS_FILE)?.data;
  const signature = files.get(SIGNATURE_FILE)?.data;
  return {
    ...(list && { list: Buffer.from(list) }),
    ...(signature && { signature: Buffer.from(signature) }),
    files: sumsOf(files),
    odd: [],
  };
}

/** With the list of its files' sums, which is what will be signed. */
export function withSums(files: BundleFiles): BundleFiles {
  const data = Buffer.from(formatSums(sumsOf(files)));
  return new Map([...files, [SUMS_FILE, { data, isExecutable: false }]]);
}

function sumsOf(files: BundleFiles): Map<string, string> {
  const own = [...files].filter(([name]) => name !== SUMS_FILE && name !== SIGNATURE_FILE);
  return new Map(own.map(([name, { data }]) => [name, createHash("sha256").update(data).digest("hex")]));
}
