// SPDX-License-Identifier: Apache-2.0
//
// What the box is called, and which time it shows: each kept on the data partition, from where a start puts it back, and
// in force at once.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, rename, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ProblemsError } from "../../../pipeline/problem.ts";
import { suggestion } from "../../../pipeline/suggest.ts";
import { quote } from "../../../pipeline/words.ts";
import { syncFolder, writeAtomic } from "../../../store/atomic-file.ts";
import type { Box } from "../box.ts";

export async function setHostname(written: string, { places, system }: Box): Promise<string> {
  const name = written.toLowerCase();
  for (const etc of [join(places.system, "etc"), join(places.root, "etc")]) {
    await mkdir(etc, { recursive: true });
    await writeAtomic(join(etc, "hostname"), `${name}\n`);
  }
  const isNow = await system.run("hostname", name).then(
    () => true,
    () => false,
  );
  return `the box is called ${name}, and found as ${name}.local${isNow ? "" : " from the next start on"}`;
}

const ZONES = "usr/share/zoneinfo";

export async function setTimezone(zone: string, { places }: Box): Promise<string> {
  const zones = join(places.root, ZONES);
  if (!isZone(join(zones, zone))) {
    const near = suggestion(zone, zoneNames(zones));
    throw new ProblemsError([{ message: `timezone: ${quote(zone)} is not a time zone; ${near}` }]);
  }
  for (const etc of [join(places.system, "etc"), join(places.root, "etc")]) {
    await mkdir(etc, { recursive: true });
    await linkAtomic(`/${ZONES}/${zone}`, join(etc, "localtime"));
  }
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

async function linkAtomic(target: string, path: string): Promise<void> {
  const temporary = join(dirname(path), `.localtime.${randomBytes(6).toString("hex")}`);
  await symlink(target, temporary);
  await rename(temporary, path);
  await syncFolder(dirname(path));
}
