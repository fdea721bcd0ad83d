// SPDX-License-Identifier: Apache-2.0
//
// An index, from the web or from a disk. Whoever holds it is not believed: the signature says who made it, its time that it
// is none from before, and each bundle has to be the one that it names.
import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";
import { fileRefusal } from "../../pipeline/problem.ts";
import { readWebFile, type WebFileLimits, withoutSecrets } from "../../store/web-file.ts";
import { readFileIn } from "../discovery/plugin-files.ts";
import { download } from "../install/download.ts";
import { LIMITS } from "../install/limits.ts";
import { MINISIGN_FILE_BYTES } from "../signature/minisign-text.ts";
import { type PublicKey, readPublicKey } from "../signature/public-key.ts";
import { isSignedBy, readSignature } from "../signature/signature.ts";
import { INDEX_BYTES, type Index, type IndexedVersion, parseIndex } from "./index-file.ts";
import type { IndexSource } from "./sources.ts";

const ALL_MS = 20_000;

export interface OpenIndex {
  source: IndexSource;
  index: Index;
}

/** `trusted`: whose index is taken where none is named for it. Throws ProblemsError, or the reason of `signal`. */
export async function openIndex(
  source: IndexSource,
  trusted: readonly PublicKey[],
  signal: AbortSignal,
): Promise<OpenIndex> {
  const { address, key, newest } = source;
  const shown = withoutSecrets(address);
  const bytes = await read(address, INDEX_BYTES, signal);
  const signature = readSignature((await read(`${address}.minisig`, MINISIGN_FILE_BYTES, signal)).toString(), shown);
  const keys = key === undefined ? trusted : [readPublicKey(key, shown)];
  if (!keys.some((it) => isSignedBy(bytes, signature, it))) {
    const whose = key === undefined ? "by nobody whom this box trusts" : "not with the key that was given for it";
    const remedy = "with the keeper's key: stagebox plugin source ADDRESS --key FILE.pub";
    throw fileRefusal(shown, `is signed ${whose} (${signature.keyId}); take it ${remedy}`);
  }
  const index = parseIndex(bytes, shown);
  if (newest !== undefined && index.made < newest) {
    const remedy = "somebody may be holding back what is new; remove and add it again if that is as it should be";
    throw fileRefusal(shown, `was made ${index.made}, and one of ${newest} was seen there: ${remedy}`);
  }
  return { source, index };
}

/** A bundle that an index names. Throws ProblemsError, or the reason of `signal`. */
export async function fetchBundle(
  { address }: IndexSource,
  version: IndexedVersion,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const isWeb = /^https?:/i.test(address);
  const place = isWeb ? beside(address, version.address) : `${dirname(address)}/${version.address}`;
  const zip = isWeb
    ? await download(place, signal, { ...TIMES, total_ms: LIMITS.download_ms, bytes: version.bytes })
    : readFileIn(dirname(address), version.address, version.bytes);
  if (zip.length === version.bytes && createHash("sha256").update(zip).digest("hex") === version.sha256) return zip;
  throw fileRefusal(
    withoutSecrets(place),
    "is not the bundle that the index names; tell its keeper, or try again later",
  );
}

const TIMES = { silence_ms: LIMITS.silence_ms, total_ms: ALL_MS };

async function read(address: string, bytes: number, signal: AbortSignal): Promise<Buffer> {
  const limits: WebFileLimits = { ...TIMES, bytes };
  if (/^https?:/i.test(address)) return readWebFile(address, "plugin index", signal, limits);
  return readFileIn(dirname(address), basename(address), bytes);
}

/** Names of files, none of which can lead to another server. */
function beside(address: string, name: string): string {
  return new URL(`./${name.split("/").map(encodeURIComponent).join("/")}`, address).href;
}
