// SPDX-License-Identifier: Apache-2.0
//
// What the box is called: a name that a network takes, kept on the data partition, from where /usr/lib/stagebox/restore
// puts it in force at every start.
import { join } from "node:path";
import type { Places } from "../places.ts";
import { writePrivate } from "../private-file.ts";

/** In lower case, as it is found; which is returned. */
export async function keepHostname({ system }: Places, name: string): Promise<string> {
  const kept = name.toLowerCase();
  await writePrivate(join(system, "hostname"), `${kept}\n`);
  return kept;
}

/** What keeps a name from being a host's (RFC 1123), in words; undefined: nothing. */
export function hostnameProblem(name: unknown): string | undefined {
  if (typeof name !== "string" || name === "") return "is missing: a name such as stagebox";
  if (name.toLowerCase().endsWith(".local"))
    return `is without .local: ${JSON.stringify(name.slice(0, 63).replace(/\.local$/i, ""))}`;
  if (name.length > 63) return `has ${name.length} characters; a name on a network has 63 at most`;
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(name))
    return "is of letters a to z, digits and -, and neither begins nor ends with -";
  if (/^[0-9]+$/.test(name)) return "is not of digits alone, or it would be taken for an address";
  if (name.toLowerCase() === "localhost") return "is every computer's name for itself; choose another";
  return undefined;
}
