// SPDX-License-Identifier: Apache-2.0
//
// What a bundle says of itself: the one thing in it that is signed, and that vouches for the rest by its hashes.
import semver from "semver";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { quote } from "../../pipeline/words.ts";

export const FORMAT = 1;
export const MANIFEST_FILE = "manifest.json";
export const SIGNATURE_FILE = "manifest.sig";

export const LIMITS = {
  manifest_bytes: 64 * 1024,
  /** Of a whole bundle, as it is carried. */
  bundle_bytes: 1.5 * 2 ** 30,
  payload_bytes: 2 ** 30,
  unpacked_bytes: 2 ** 31,
} as const;

/** What a bundle of a kind holds, in this order. */
const PAYLOADS = { app: ["stagebox"], image: ["root.squashfs", "boot.fat"] } as const;
export type BundleKind = keyof typeof PAYLOADS;

export interface Payload {
  name: string;
  /** As it lies in the bundle. */
  bytes: number;
  sha256: string;
  unpacked_bytes: number;
  unpacked_sha256: string;
  compression: "zstd" | "none";
}

export interface Manifest {
  format: typeof FORMAT;
  /** `app`: the executable alone. `image`: a slot's root and boot partitions. */
  kind: BundleKind;
  version: string;
  /** Tells builds of one version apart. */
  build: string;
  /** As Node names it: `arm64`. */
  arch: string;
  /** The oldest version that can be updated by this. */
  minimum: string;
  /** Of an image. */
  layout?: string;
  /** ISO 8601. */
  created: string;
  payloads: Payload[];
}

const RULES: [keyof Manifest, (value: unknown) => boolean, remedy: string][] = [
  ["kind", (it) => typeof it === "string" && Object.hasOwn(PAYLOADS, it), "is not app or image"],
  ["version", isVersion, "is not a version such as 1.2.3"],
  ["build", (it) => typeof it === "string" && /^[0-9a-z]{1,64}$/.test(it), "is not of up to 64 letters and digits"],
  ["arch", (it) => typeof it === "string" && /^[a-z0-9]{1,16}$/.test(it), "is not an architecture such as arm64"],
  ["minimum", isVersion, "is not a version such as 1.2.3"],
  ["layout", (it) => it === undefined || (typeof it === "string" && /^[a-z]{1,16}$/.test(it)), "is not a layout"],
  ["created", (it) => typeof it === "string" && !Number.isNaN(Date.parse(it)), "is not a time"],
];

/** `text` is signed, yet is checked as anybody's: a mistake in a build must not reach a card. Throws ProblemsError. */
export function parseManifest(text: string, file: string): Manifest {
  const refuse = (message: string, field?: string): Problem => ({ file, ...(field && { field }), message });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProblemsError([refuse(`${MANIFEST_FILE} is not JSON; build the bundle again`)]);
  }
  const manifest = (typeof value === "object" && value !== null ? value : {}) as Partial<Manifest>;
  if (manifest.format !== FORMAT)
    throw new ProblemsError([
      refuse(`is a bundle of format ${quote(String(manifest.format))}, and this Stagebox reads format ${FORMAT}`),
    ]);
  const problems = RULES.filter(([field, holds]) => !holds(manifest[field])).map(([field, , message]) =>
    refuse(message, `/${field}`),
  );
  const names = Object.hasOwn(PAYLOADS, String(manifest.kind)) && PAYLOADS[manifest.kind as BundleKind];
  const payloads: unknown[] = Array.isArray(manifest.payloads) ? manifest.payloads : [];
  if (names && JSON.stringify(payloads.map(nameOf)) !== JSON.stringify(names))
    problems.push(refuse(`of kind ${manifest.kind} are ${names.join(" and ")}, in this order`, "/payloads"));
  payloads.forEach((payload, at) => {
    if (!isPayload(payload)) problems.push(refuse("is not described as it must be, or too large", `/payloads/${at}`));
  });
  if (manifest.kind === "image" && manifest.layout === undefined)
    problems.push(refuse("is missing; an image has one", "/layout"));
  if (problems.length > 0) throw new ProblemsError(problems);
  return manifest as Manifest;
}

function isVersion(value: unknown): boolean {
  // No build metadata: versions name folders, and shell scripts compare them.
  return typeof value === "string" && value.length <= 64 && semver.valid(value) === value;
}

function nameOf(payload: unknown): unknown {
  return (payload as Partial<Payload> | null)?.name;
}

function isPayload(value: unknown): value is Payload {
  const payload = value as Partial<Payload> | null;
  const isSize = (it: unknown, most: number) => Number.isInteger(it) && (it as number) > 0 && (it as number) <= most;
  const isHash = (it: unknown) => typeof it === "string" && /^[0-9a-f]{64}$/.test(it);
  return (
    isSize(payload?.bytes, LIMITS.payload_bytes) &&
    isSize(payload?.unpacked_bytes, LIMITS.unpacked_bytes) &&
    isHash(payload?.sha256) &&
    isHash(payload?.unpacked_sha256) &&
    ["zstd", "none"].includes(payload?.compression ?? "")
  );
}
