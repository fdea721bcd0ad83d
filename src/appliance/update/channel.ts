// SPDX-License-Identifier: Apache-2.0
//
// A channel: an address at which a small JSON file says which release is the latest.
//
//   { "version": "1.2.0", "url": "stagebox-app-1.2.0-arm64.stagebox", "sha256": "…" }
//
// It is believed for what to offer and no further: what is installed has to be signed.
import semver from "semver";
import { fileRefusal } from "../../pipeline/problem.ts";
import { readWebFile, withoutSecrets } from "../../store/web-file.ts";

export interface Release {
  version: string;
  /** Of its bundle. */
  url: string;
  /** Of the whole bundle. */
  sha256?: string;
}

const LIMITS = { bytes: 64 * 1024, silence_ms: 10_000, total_ms: 30_000 };

/** Throws ProblemsError, or the reason of `signal`. */
export async function readChannel(address: string, signal: AbortSignal): Promise<Release> {
  return releaseIn((await readWebFile(address, "channel", signal, LIMITS)).toString("utf8"), address);
}

/** `address`: where the text is from. Throws ProblemsError. */
export function releaseIn(text: string, address: string): Release {
  const refuse = (message: string) => fileRefusal(withoutSecrets(address), `is no channel: ${message}`);
  const { version, url, sha256 } = objectIn(text) ?? {};
  if (typeof version !== "string" || semver.valid(version) !== version) throw refuse("it names no version");
  if (typeof url !== "string" || !URL.canParse(url, address)) throw refuse("it does not say where the release is");
  const bundle = new URL(url, address);
  // Whoever can change what comes by http must not choose for those who asked by https.
  if (bundle.protocol !== "https:" && bundle.protocol !== new URL(address).protocol)
    throw refuse("it leads away from https");
  if (sha256 !== undefined && !(typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256)))
    throw refuse("its sha256 is not of 64 hexadecimal digits");
  return { version, url: bundle.href, ...(sha256 !== undefined && { sha256 }) };
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
