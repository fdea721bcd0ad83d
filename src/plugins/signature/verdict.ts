// SPDX-License-Identifier: Apache-2.0
//
// Whose a plugin is, told from what lies in its folder and the keys that are trusted. Pure.
import { ProblemsError } from "../../pipeline/problem.ts";
import type { SignatureView } from "../plugin.ts";
import type { Contents } from "./contents.ts";
import { isSignedBy, readSignature, type Signature } from "./signature.ts";
import { parseSums, SIGNATURE_FILE, SUMS_FILE, type Sums } from "./sums.ts";
import type { TrustedKey } from "./trusted-keys.ts";

/** So many names are told of each kind; more tell nothing new. */
const NAMES_TOLD = 3;

export interface Verdict extends SignatureView {
  /** What was signed, where it is by somebody who is trusted. */
  sums?: Sums;
}

export function judge(contents: Contents, keys: readonly TrustedKey[]): Verdict {
  if (!contents.list) return { state: "unsigned", reason: "is not signed" };
  try {
    return judgeSums(contents, parseSums(contents.list.toString(), SUMS_FILE), keys);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return { state: "changed", reason: `has a signature that cannot be read: ${error.message}` };
  }
}

function judgeSums(contents: Contents, sums: Sums, keys: readonly TrustedKey[]): Verdict {
  const signature = contents.signature && readSignature(contents.signature.toString(), SIGNATURE_FILE);
  const named = keys.filter(({ id }) => id === signature?.keyId);
  const signer = signature && named.find((key) => isSignedBy(contents.list as Buffer, signature, key));
  const key = signature && keyView(signature, signer);
  const differences = differencesOf(sums, contents);
  if (named.length > 0 && !signer)
    return {
      ...{ state: "changed", ...(key && { key }), ...(differences && { differences }) },
      reason: `has a signature that does not hold: ${SUMS_FILE} is not what ${named[0]?.name} signed`,
    };
  const more = { ...(key && { key }), ...(signer && { comment: signature.trustedComment }) };
  if (differences)
    return {
      state: "changed",
      ...more,
      differences,
      reason: `is not what was signed: ${differenceWords(differences)}`,
    };
  if (signer) return { state: "trusted", ...more, sums, reason: `is signed by ${signer.name}, whom this box trusts` };
  if (!key) return { state: "unsigned", reason: "is packed, but not signed" };
  return { state: "unknown-key", ...more, reason: `is signed with the key ${key.id}, which this box does not trust` };
}

/** A signature that nobody can verify here still names a key. */
function keyView({ keyId }: Signature, signer: TrustedKey | undefined): NonNullable<SignatureView["key"]> {
  return { id: keyId, ...(signer && { name: signer.name }) };
}

function differencesOf(sums: Sums, { files, odd }: Contents): SignatureView["differences"] {
  const names = [...sums.keys()];
  const differences = {
    changed: names.filter((name) => odd.includes(name) || (files.has(name) && files.get(name) !== sums.get(name))),
    missing: names.filter((name) => !files.has(name) && !odd.includes(name)),
    extra: [...files.keys(), ...odd].filter((name) => !sums.has(name)).sort(),
  };
  return Object.values(differences).some((list) => list.length > 0) ? differences : undefined;
}

/** `changed a.c, b.c; extra x.so and 3 others`. */
function differenceWords(differences: NonNullable<SignatureView["differences"]>): string {
  return Object.entries(differences)
    .filter(([, names]) => names.length > 0)
    .map(([kind, names]) => {
      const more = names.length - NAMES_TOLD;
      return `${kind} ${names.slice(0, NAMES_TOLD).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
    })
    .join("; ");
}
