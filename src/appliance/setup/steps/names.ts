// SPDX-License-Identifier: Apache-2.0
//
// What the box is called, and which time it shows: kept on the data partition, from where /usr/lib/stagebox/restore puts
// it in force at every start, and after a set-up.
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ProblemsError } from "../../../pipeline/problem.ts";
import { suggestion } from "../../../pipeline/suggest.ts";
import { quote } from "../../../pipeline/words.ts";
import { linkAtomic } from "../../../store/atomic-file.ts";
import { keepHostname } from "../../network/hostname.ts";
import type { Box } from "../box.ts";

export async function setHostname(written: string, { places }: Box): Promise<string> {
  const name = await keepHostname(places, written);
  return `the box is called ${name}, and found as ${name}.local`;
}

const ZONES = "usr/share/zoneinfo";

export async function setTimezone(zone: string, { places }: Box): Promise<string> {
  const zones = join(places.root, ZONES);
  if (!isZone(join(zones, zone))) {
    const near = suggestion(zone, zoneNames(zones));
    throw new ProblemsError([{ message: `timezone: ${quote(zone)} is not a time zone; ${near}` }]);
  }
  await mkdir(places.system, { recursive: true, mode: 0o700 });
  await linkAtomic(join(places.system, "localtime"), `/${ZONES}/${zone}`);
  return `the time zone is ${zone}`;
}

/** A compiled zone begins with its magic number (RFC 8536). */
function isZone(path: string): boolean {
  try {
    return readFileSync(path).subarray(0, 4).toString("latin1") === "TZif";
  } catch {
    return false;
  }
}

function zoneNames(zones: string): string[] {
  try {
    const lines = readFileSync(join(zones, "tzdata.zi"), "utf8").split("\n");
    return lines.flatMap((line) => /^(?:Z (\S+)|L \S+ (\S+))/.exec(line)?.slice(1).filter(Boolean) ?? []);
  } catch {
    return [];
  }
}
