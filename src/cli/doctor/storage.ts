// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { type Finding, note, ok, problem } from "./finding.ts";

const LITTLE_BYTES = 1e9;
const TOO_LITTLE_BYTES = 1e8;
/** Eight channels of 24 bits at 250 Hz. */
const RECORDING_BYTES_A_SECOND = 8 * 3 * 250;

export function storage(folder: string): Finding[] {
  return [writable("data folder", folder), writable("recordings", join(folder, "recordings")), disk(folder)];
}

function writable(check: string, folder: string): Finding {
  const there = nearestThere(folder);
  const remedy = `sudo install -d -o ${userInfo().username} ${folder}, or choose another with --data`;
  if (!statSync(there).isDirectory()) return problem(check, `${there} is not a folder`, "choose another with --data");
  try {
    accessSync(there, constants.W_OK | constants.X_OK);
  } catch (error) {
    const isReadOnly = (error as NodeJS.ErrnoException).code === "EROFS";
    return problem(
      check,
      `${folder} ${there === folder ? "cannot be written" : "cannot be made"}${isReadOnly ? ": the disk is read-only" : ""}`,
      isReadOnly ? "look for a failing card in `dmesg`, or choose another with --data" : remedy,
    );
  }
  return ok(check, there === folder ? `${folder} can be written` : `${folder} will be made at the first start`);
}

function disk(folder: string): Finding {
  const { bavail, bsize } = statfsSync(nearestThere(folder));
  const bytes = bavail * bsize;
  const words = `${(bytes / 1e9).toFixed(1)} GB free, ${Math.floor(bytes / RECORDING_BYTES_A_SECOND / 3600)} hours of 8 channels at 250 Hz`;
  const remedy = `delete what is not needed from ${join(folder, "recordings")}, or use a larger card`;
  if (bytes < TOO_LITTLE_BYTES) return problem("disk", words, remedy);
  return bytes < LITTLE_BYTES ? note("disk", words, remedy) : ok("disk", words);
}

/** The folder, or the one in which it would be made. */
function nearestThere(folder: string): string {
  return existsSync(folder) ? folder : nearestThere(dirname(folder));
}
